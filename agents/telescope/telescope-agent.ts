// The agent of the telescope: moves it where it may go, and says where it points.
import type { Timer } from '../../src/clock/index.js';
import { errorText } from '../../src/errors/index.js';
import {
  type Call,
  DEVICE_VOTE,
  type DeviceReport,
  type DeviceVote,
  IndiTelescope,
  InstrumentAgent,
  InstrumentError,
  indiPlace,
  type Limits,
  observingSite,
  SimulatedTelescope,
  STALE_MS,
  type TelescopeDriver,
  type TrackingRate,
  Votes,
} from '../../src/instruments/index.js';
import { Agent, action, type Environment } from '../../src/mesh/index.js';
import {
  type Equatorial,
  type Horizontal,
  icrsFromApparent,
  localSiderealDeg,
  TanProjection,
} from '../../src/sky/index.js';
import { PointingGuard } from './pointing-guard.js';

/** How often it is looked whether what is followed has come to a limit, in ms of observatory time. */
const WATCH_MS = 5000;
const ARCSEC_PER_DEG = 3600;

export class TelescopeAgent extends InstrumentAgent<'TELESCOPE', TelescopeDriver> {
  protected override readonly driverName: string;
  readonly #site = observingSite(this.config);
  readonly #guard: PointingGuard;
  #watch: Timer | undefined;
  /** Why it was stopped by itself. */
  #warning: string | undefined;

  constructor(environment: Environment) {
    const settings = environment.config.settings('telescope');
    super(Agent.TELESCOPE, 'TELESCOPE', environment, driverMaker(environment));
    this.driverName = settings.driver;
    this.limits.set('ALT', this.config.observatory.minAltitude);
    this.limits.set('SUN', settings.sunDistance);
    this.limits.set('HA', settings.maxHourAngle);
    const votes = new Votes(
      settings.voters.map((agent) => agent.toUpperCase()),
      this.patienceMs(STALE_MS),
    );
    this.#guard = new PointingGuard(this.clock, this.#site, votes, () => this.#limits());
    this.actionsByMessage.set(
      DEVICE_VOTE.text,
      action(DEVICE_VOTE, (vote) => this.#take(vote)),
    );
    this.#handleMoves();
    this.#handleQuestions();
  }

  protected override async work(): Promise<void> {
    await super.work();
    this.#watchLimits();
  }

  protected override async shutdown(): Promise<void> {
    this.#watch?.cancel();
    if (this.host.state === 'READY') await this.driver.stop();
    await super.shutdown();
  }

  protected override report({ state }: TelescopeDriver): DeviceReport {
    return { state, reason: this.#warning };
  }

  protected override supports(key: string, driver: TelescopeDriver): boolean {
    const needed: Record<string, keyof TelescopeDriver> = {
      'DO GOTO_ALTAZ': 'point',
      'DO SYNC': 'sync',
      'DO HOME': 'home',
      'DO UNPARK': 'unpark',
      'SET TRACKING': 'track',
      'DO INIT': 'init',
      'DO SIMULATE': 'simulate',
    };
    const method = needed[key];
    return method === undefined || driver[method] !== undefined;
  }

  protected override parametersOf(key: string, data: unknown): Record<string, unknown> | undefined {
    const { raDeg, decDeg } = (data ?? {}) as Partial<Equatorial>;
    if (key !== 'DO GOTO' || typeof raDeg !== 'number' || typeof decDeg !== 'number') return undefined;
    return { RA: raDeg, DEC: decDeg, FRAME: 'ICRS', TRACK: 'SIDEREAL' };
  }

  protected override status(): Record<string, unknown> {
    if (this.host.state !== 'READY') return super.status();
    return { ...super.status(), telescope: { state: this.driver.state, ...this.#position() } };
  }

  #handleMoves(): void {
    this.handle('DO GOTO', ({ RA, DEC, FRAME, TRACK }, call) => {
      const place = { raDeg: RA, decDeg: DEC };
      return this.#goto(FRAME === 'JNOW' ? icrsFromApparent(place, this.clock.now()) : place, TRACK, call);
    });
    this.handle('DO GOTO_ALTAZ', ({ ALT, AZ }, call) => {
      const direction: Horizontal = { altitudeDeg: ALT, azimuthDeg: AZ };
      this.#guard.checkDirection(this.driver.position(), direction);
      return this.#move((driver) => driver.point?.(direction, call.signal), call);
    });
    this.handle('DO OFFSET', ({ DRA, DDEC }, call) => {
      const { target, tracking } = this.driver;
      if (!target)
        throw new InstrumentError(
          'INVALID_OPERATION',
          'the telescope follows nothing: DO TELESCOPE GOTO first',
        );
      const point = { xiDeg: DRA / ARCSEC_PER_DEG, etaDeg: DDEC / ARCSEC_PER_DEG };
      return this.#goto(new TanProjection(target).unproject(point), tracking ?? 'SIDEREAL', call);
    });
    this.handle('DO SYNC', async ({ RA, DEC }) => {
      await this.driver.sync?.({ raDeg: RA, decDeg: DEC });
      return this.#position();
    });
    this.handle('DO PARK', (_, call) => {
      const { state, parkPlace } = this.driver;
      if (state !== 'PARKED' && parkPlace) this.#guard.checkPark(this.driver.position(), parkPlace);
      else if (!parkPlace) this.log.warn('the mount does not tell where it parks: mind the Sun');
      return this.#move((driver) => driver.park(), call);
    });
    this.handle('DO HOME', (_, call) => {
      const { homePlace } = this.driver;
      if (homePlace) this.#guard.checkHome(this.driver.position(), homePlace);
      return this.#move((driver) => driver.home?.(call.signal), call);
    });
    this.perform('DO UNPARK', () => this.driver.unpark?.());
    this.perform('SET TRACKING', async ({ TO }) => {
      // What moves is stopped by its mount; what stands begins to follow the place at which it points.
      const { driver } = this;
      if (TO !== 'OFF' && driver.state !== 'MOVING' && driver.state !== 'PARKED')
        this.#guard.checkPlace(driver.position());
      await driver.track?.(TO);
    });
  }

  #handleQuestions(): void {
    this.handle('GET POSITION', () => this.#position());
    this.handle('GET TARGET', () => {
      const { target, tracking } = this.driver;
      return target ? { RA: target.raDeg, DEC: target.decDeg, TRACK: tracking } : {};
    });
    this.handle('GET SEPARATION', () => {
      const separation = this.driver.separationDeg();
      return separation === undefined ? {} : { SEPARATION: separation * ARCSEC_PER_DEG };
    });
    this.handle('GET SITE', () => {
      const { name, latitudeDeg, longitudeDeg, altitudeM } = this.#site;
      return { NAME: name, LATITUDE: latitudeDeg, LONGITUDE: longitudeDeg, ELEVATION: altitudeM };
    });
    this.handle('GET TIME', () => {
      const nowMs = this.clock.now();
      return { UTC: nowMs, LST: localSiderealDeg(this.#site, nowMs) };
    });
  }

  #goto(target: Equatorial, tracking: TrackingRate, call: Call) {
    this.#guard.checkTarget(this.driver.position(), target);
    return this.#move((driver) => driver.goto(target, call.signal, tracking), call);
  }

  async #move(begin: (driver: TelescopeDriver) => Promise<void> | undefined, call: Call) {
    this.#guard.checkInterlocks();
    const { driver } = this;
    this.#warning = undefined;
    const move = begin(driver);
    call.progress(() => driver.etaS());
    await move;
    return this.#position();
  }

  /** Whoever comes too near stops the telescope in the middle of its way. */
  #take(vote: DeviceVote): void {
    const reason = this.#guard.take(vote);
    if (!reason || this.host.state !== 'READY') return;
    this.lane.end(reason);
    this.#stopBecause(reason);
  }

  #stopBecause(reason: InstrumentError): void {
    this.#warning = errorText(reason);
    this.log.error(`the telescope is stopped: ${this.#warning}`, { code: reason.code });
    this.driver.stop().catch((error) => this.warn('the telescope could not be stopped', error));
  }

  /** What is followed sets, or nears the Sun: the telescope does not go with it. */
  #watchLimits(): void {
    this.#watch = this.clock.after(WATCH_MS, () => {
      try {
        const tracks = this.host.state === 'READY' && this.driver.state === 'TRACKING';
        // Some follow what they point at without ever having been sent there.
        const place = tracks ? (this.driver.target ?? this.driver.position()) : undefined;
        if (place) this.#guard.checkPlace(place);
      } catch (error) {
        if (error instanceof InstrumentError) this.#stopBecause(error);
        else this.reportError('the watch over the limits', error);
      }
      this.#watchLimits();
    });
  }

  #limits(): Limits {
    return {
      minAltitudeDeg: this.limits.get('ALT') ?? 0,
      sunDistanceDeg: this.limits.get('SUN') ?? 0,
      hourAngleDeg: this.limits.get('HA') ?? 180,
      mask: this.config.settings('telescope').horizonMask,
    };
  }

  /** With the names of the grammar, and those of the messages before it. */
  #position() {
    const position = this.driver.position();
    const { raDeg, decDeg, altitudeDeg, azimuthDeg, hourAngleDeg, airmass, pierSide } = position;
    return {
      RA: raDeg,
      DEC: decDeg,
      ALT: altitudeDeg,
      AZ: azimuthDeg,
      HA: hourAngleDeg,
      ...(airmass !== undefined && { AIRMASS: airmass }),
      ...(pierSide && { PIERSIDE: pierSide }),
      ...position,
    };
  }
}

/** A simulated mount is one for all its drivers; at an INDI server the device itself is. */
function driverMaker({ config, clock }: Environment): () => TelescopeDriver {
  const settings = config.settings('telescope');
  const { driver, maxSpeed, aperture, focalLength, tolerance } = settings;
  const site = observingSite(config);
  if (driver === 'indi') {
    const optics = aperture !== undefined && focalLength !== undefined;
    return () =>
      new IndiTelescope({
        ...indiPlace(settings, clock),
        site,
        toleranceArcsec: tolerance,
        ...(optics && { apertureMm: aperture, focalLengthMm: focalLength }),
      });
  }
  const simulated = new SimulatedTelescope(clock, site, { maxSpeedDegPerS: maxSpeed });
  return () => simulated;
}
