// A mount at an INDI server. INDI's coordinates are of the equator of date, and in hours; ours are ICRS, in degrees.
import {
  airmass,
  type Equatorial,
  equatorialFromHorizontal,
  HorizonFrame,
  type Horizontal,
  normalizeDeg,
  separationDeg,
} from '../../sky/index.js';
import type {
  TelescopeDriver,
  TelescopePosition,
  TelescopeState,
  TrackingRate,
} from '../drivers/telescope-driver.js';
import { InstrumentError } from '../errors.js';
import { IndiDriver } from './driver.js';
import {
  Approach,
  ARCSEC_PER_DEG,
  checkTarget,
  ofDate,
  offArcsec,
  pierSideOf,
  pointingOf,
} from './mount-coordinates.js';
import { Moves } from './moves.js';
import { parkPlaceOf } from './park-place.js';
import {
  type IndiTelescopeOptions,
  LOOK_MS,
  PARK_MS,
  SETTLE_MS,
  SLEW_MS,
  STOP_MS,
  TOLERANCE_ARCSEC,
} from './telescope-options.js';
import type { IndiVector } from './vector.js';

/** A mount that has arrived is late by the turn of the sky during its slew: it is sent again, so often at most. */
const MAX_CORRECTIONS = 3;

const COORDINATES = 'EQUATORIAL_EOD_COORD';

/** Modes of tracking at INDI. */
const TRACK_MODES = { SIDEREAL: 'TRACK_SIDEREAL', LUNAR: 'TRACK_LUNAR', SOLAR: 'TRACK_SOLAR' } as const;

/** A telescope at an INDI server. */
export class IndiTelescope extends IndiDriver implements TelescopeDriver {
  protected readonly needed = [COORDINATES, 'ON_COORD_SET', 'TELESCOPE_ABORT_MOTION'];
  readonly #options: IndiTelescopeOptions;
  readonly #moves = new Moves();
  #target: Equatorial | undefined;
  readonly #approach = new Approach();
  /** How often it has told where it points. */
  #looks = 0;

  constructor(options: IndiTelescopeOptions) {
    super(options);
    this.#options = options;
  }

  get state(): TelescopeState {
    if (!this.isConnected) return 'ERROR';
    if (this.#moves.isMoving || this.device.isBusy(COORDINATES) || this.device.isBusy('TELESCOPE_PARK'))
      return 'MOVING';
    if (this.#isParked) return 'PARKED';
    return this.#tracks ? 'TRACKING' : 'IDLE';
  }

  get target(): Equatorial | undefined {
    return this.#target;
  }

  get tracking(): TrackingRate {
    if (!this.#tracks) return 'OFF';
    const mode = this.device.vector('TELESCOPE_TRACK_MODE')?.switchedOn;
    return mode === 'TRACK_LUNAR' ? 'LUNAR' : mode === 'TRACK_SOLAR' ? 'SOLAR' : 'SIDEREAL';
  }

  async goto(target: Equatorial, signal?: AbortSignal, tracking: TrackingRate = 'SIDEREAL'): Promise<void> {
    this.assertConnected();
    checkTarget(target);
    await this.#move('a new goto', signal, async (move) => {
      this.#target = target;
      await this.#makeReady();
      await this.#reach(target, move);
      if (tracking !== 'SIDEREAL' || this.tracking !== 'SIDEREAL') await this.track(tracking);
    });
  }

  /** Points somewhere over the horizon, and stays there. The sky turns while it slews: so it aims again. */
  async point(direction: Horizontal, signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    const place = () => equatorialFromHorizontal(this.#options.site, direction, this.#nowMs);
    await this.#move('a new goto', signal, async (move) => {
      this.#target = place();
      await this.#makeReady();
      for (let aims = 0; aims <= MAX_CORRECTIONS; aims += 1) {
        this.#target = place();
        await this.#reach(this.#target, move);
        if (separationDeg(this.#pointing(), place()) * ARCSEC_PER_DEG <= this.#tolerance) break;
      }
      await this.track('OFF');
      this.#target = undefined;
    });
  }

  /** Takes it that it points at a target now. */
  async sync(target: Equatorial): Promise<void> {
    this.assertConnected();
    checkTarget(target);
    await this.setting('ON_COORD_SET', { SYNC: true });
    try {
      const isDone = (vector: IndiVector) => vector.state !== 'Busy' && this.#offArcsec(vector, target) < 60;
      await this.device.set(COORDINATES, ofDate(target, this.#nowMs), { deadlineMs: STOP_MS, isDone });
    } finally {
      await this.setting('ON_COORD_SET', { TRACK: true });
    }
  }

  async stop(): Promise<void> {
    this.assertConnected();
    this.#moves.supersede('a stop');
    this.#target = undefined;
    if (this.#isParked && !this.device.isBusy('TELESCOPE_PARK')) return;
    await this.#stand();
  }

  async park(): Promise<void> {
    this.assertConnected();
    if (this.#isParked && !this.device.isBusy('TELESCOPE_PARK')) return;
    await this.#move('park', undefined, async (move) => {
      this.#target = undefined;
      await this.device.set(
        'TELESCOPE_PARK',
        { PARK: true },
        {
          deadlineMs: this.#options.parkMs ?? PARK_MS,
          signal: move,
          isDone: (vector) => vector.state !== 'Busy' && vector.isOn('PARK'),
        },
      );
      // That it is parked may be told before that it stands.
      await this.untilStill(() => !this.device.isBusy(COORDINATES), STOP_MS);
    });
  }

  get parkPlace(): Horizontal | undefined {
    this.assertConnected();
    return parkPlaceOf(this.device.vector('TELESCOPE_PARK_POSITION'), this.#options.site, this.#nowMs);
  }

  /** Makes ready to move. One that is not parked is not asked: it would answer with another state than `Ok`. */
  async unpark(): Promise<void> {
    this.assertConnected();
    if (!this.#isParked) return;
    const isDone = (vector: IndiVector) => vector.state !== 'Busy' && !vector.isOn('PARK');
    await this.device.set('TELESCOPE_PARK', { UNPARK: true }, { deadlineMs: STOP_MS, isDone });
  }

  /** Follows what it points at, in another way or not at all. */
  async track(tracking: TrackingRate): Promise<void> {
    this.assertConnected();
    if (tracking !== 'OFF' && this.#isOff('TELESCOPE_TRACK_MODE', TRACK_MODES[tracking])) {
      await this.setting('TELESCOPE_TRACK_MODE', { [TRACK_MODES[tracking]]: true });
    }
    await this.#trackState(tracking !== 'OFF');
  }

  position(): TelescopePosition {
    this.assertConnected();
    const { site } = this.#options;
    const nowMs = this.#nowMs;
    const icrs = this.#pointing();
    const frame = new HorizonFrame(site, nowMs);
    const direction = frame.horizontal(icrs);
    const air = direction.altitudeDeg > 0 ? airmass(direction.altitudeDeg) : undefined;
    const pierSide = pierSideOf(this.device.vector('TELESCOPE_PIER_SIDE'));
    return {
      ...icrs,
      ...direction,
      hourAngleDeg: frame.hourAngleDeg(icrs),
      ...(air !== undefined && { airmass: air }),
      ...(pierSide && { pierSide }),
    };
  }

  separationDeg(): number | undefined {
    return this.#target && separationDeg(this.#pointing(), this.#target);
  }

  etaS(): number {
    if (this.state !== 'MOVING') return 0;
    return (this.#approach.etaMs + (this.#options.settleMs ?? SETTLE_MS)) / 1000;
  }

  protected async prepare(): Promise<void> {
    const { site, apertureMm, focalLengthMm } = this.#options;
    if (this.device.vector('GEOGRAPHIC_COORD')?.canWrite) {
      // INDI counts longitudes from 0 to 360.
      const LONG = normalizeDeg(site.longitudeDeg);
      await this.setting('GEOGRAPHIC_COORD', { LAT: site.latitudeDeg, LONG, ELEV: site.altitudeM });
    }
    if (apertureMm !== undefined && focalLengthMm !== undefined && this.device.has('TELESCOPE_INFO')) {
      await this.setting('TELESCOPE_INFO', {
        TELESCOPE_APERTURE: apertureMm,
        TELESCOPE_FOCAL_LENGTH: focalLengthMm,
      });
    }
    this.whileConnected(this.device.listen({ onSet: (vector) => this.#look(vector) }));
  }

  protected override letGo(reason: InstrumentError): void {
    this.#moves.fail(reason);
  }

  get #isParked(): boolean {
    return this.device.isOn('TELESCOPE_PARK', 'PARK');
  }

  get #tracks(): boolean {
    if (this.device.has('TELESCOPE_TRACK_STATE'))
      return this.device.isOn('TELESCOPE_TRACK_STATE', 'TRACK_ON');
    return this.device.vector(COORDINATES)?.state === 'Ok';
  }

  #isOff(property: string, member: string): boolean {
    return this.device.has(property, member) && !this.device.isOn(property, member);
  }

  /** Runs a move, which ends the one before it; called off, the mount is stopped. */
  async #move(
    by: string,
    signal: AbortSignal | undefined,
    run: (move: AbortSignal) => Promise<void>,
  ): Promise<void> {
    await this.#moves.run(by, signal, run, async () => {
      this.#target = undefined;
      await this.#stand();
    });
  }

  async #makeReady(): Promise<void> {
    await this.unpark();
    if (this.#isOff('ON_COORD_SET', 'TRACK')) await this.setting('ON_COORD_SET', { TRACK: true });
  }

  get #tolerance(): number {
    return this.#options.toleranceArcsec ?? TOLERANCE_ARCSEC;
  }

  /** Slews, looks where it points, and corrects. */
  async #reach(target: Equatorial, move: AbortSignal): Promise<void> {
    const tolerance = this.#tolerance;
    let off = Number.POSITIVE_INFINITY;
    for (let slews = 0; slews <= MAX_CORRECTIONS; slews += 1) {
      await this.#slew(target, tolerance, move);
      await this.device.clock.sleep(this.#options.settleMs ?? SETTLE_MS, move);
      const vector = this.device.vector(COORDINATES);
      off = vector ? this.#offArcsec(vector, target) : off;
      if (off <= tolerance && vector?.state !== 'Busy') return;
    }
    const text = `${this.title} points ${off.toFixed(0)} arcsec off its target after ${MAX_CORRECTIONS} corrections`;
    throw new InstrumentError('DRIVER', text);
  }

  async #slew(target: Equatorial, tolerance: number, signal: AbortSignal): Promise<void> {
    const deadlineMs = this.#options.slewMs ?? SLEW_MS;
    // A mount that tracks tells its place all the time: what was on its way when the command was sent is no answer.
    const isDone = (vector: IndiVector, wasBusy: boolean) =>
      vector.state !== 'Busy' && (wasBusy || this.#offArcsec(vector, target) <= tolerance);
    const vector = await this.device.set(COORDINATES, ofDate(target, this.#nowMs), {
      deadlineMs,
      signal,
      isDone,
    });
    // Someone else has stopped it: it is idle then, and nowhere near.
    if (vector.state === 'Idle' && this.#offArcsec(vector, target) > ARCSEC_PER_DEG) {
      throw new InstrumentError('ABORTED', `${this.title} was stopped by another client on its way`);
    }
  }

  /** Comes to a halt, and does not follow the sky. */
  async #stand(): Promise<void> {
    await this.#halt();
    // Some mounts track on after an abort, and say so only with the next look at themselves.
    const before = this.#looks;
    const silent = () => new InstrumentError('TIMEOUT', 'none');
    await this.device
      .until(() => this.#looks > before, { deadlineMs: LOOK_MS }, silent)
      .catch(() => undefined);
    await this.#trackState(false);
  }

  async #halt(): Promise<void> {
    await this.device.set('TELESCOPE_ABORT_MOTION', { ABORT: true }, { deadlineMs: STOP_MS });
    const isStill = () => !this.device.isBusy(COORDINATES) && !this.device.isBusy('TELESCOPE_PARK');
    await this.untilStill(isStill, STOP_MS);
  }

  async #trackState(on: boolean): Promise<void> {
    if (!this.device.has('TELESCOPE_TRACK_STATE')) return;
    if (this.#tracks !== on)
      await this.setting('TELESCOPE_TRACK_STATE', { [on ? 'TRACK_ON' : 'TRACK_OFF']: true });
  }

  #pointing(): Equatorial {
    const pointing = pointingOf(this.device.vector(COORDINATES), this.#nowMs);
    if (pointing) return pointing;
    throw new InstrumentError('VALUE_NOT_SET', `${this.title} does not say where it points`);
  }

  #offArcsec(vector: IndiVector, target: Equatorial): number {
    return offArcsec(vector, target, this.#nowMs);
  }

  get #nowMs(): number {
    return this.device.clock.now();
  }

  #look(vector: IndiVector): void {
    if (vector.name !== COORDINATES) return;
    this.#looks += 1;
    const isMoving = vector.state === 'Busy' && this.#target;
    const off = isMoving ? this.#offArcsec(vector, isMoving) : Number.POSITIVE_INFINITY;
    this.#approach.look(this.#nowMs, off);
  }
}
