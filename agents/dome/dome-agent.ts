// The agent of the dome: opens only when nobody objects, and closes by itself as soon as somebody does.
import type { Timer } from '../../src/clock/index.js';
import {
  askDevice,
  type Call,
  DEVICE_VOTE,
  type DeviceReport,
  type DeviceVote,
  type DomeDriver,
  IndiDome,
  InstrumentAgent,
  InstrumentError,
  indiPlace,
  numberIn,
  type Objection,
  SimulatedDome,
  STALE_MS,
  type Voter,
  Votes,
} from '../../src/instruments/index.js';
import { Agent, action, type Environment } from '../../src/mesh/index.js';
import { wrapDeg } from '../../src/sky/index.js';

/** How often the votes and the telescope are looked at, in ms of observatory time. */
const WATCH_MS = 2000;
/** How far the slit may be from the telescope. */
const SLACK_DEG = 2;
/** How long the telescope may take to answer, in ms of real time. */
const PATIENCE_MS = 1000;

export class DomeAgent extends InstrumentAgent<'DOME', DomeDriver> {
  // A shutter takes its time; who starts the agents kills those that take 25 s.
  protected override readonly stopPatienceMs = 20_000;
  protected override readonly driverName: string;
  readonly #votes: Votes;
  readonly #voter: Voter;
  #watch: Timer | undefined;
  #slaved = false;
  /** Parked, it follows nobody until it is opened, turned or slaved again. */
  #rests = false;
  /** Ends a turn after the telescope. */
  #following: AbortController | undefined;
  #closing: Promise<void> | undefined;

  constructor(environment: Environment) {
    const { clock } = environment;
    const settings = environment.config.settings('dome');
    const { driver, voters } = settings;
    const simulated = new SimulatedDome(clock);
    const make = () => (driver === 'indi' ? new IndiDome(indiPlace(settings, clock)) : simulated);
    super(Agent.DOME, 'DOME', environment, make);
    this.driverName = driver;
    this.#votes = new Votes(
      voters.map((agent) => agent.toUpperCase()),
      this.patienceMs(STALE_MS),
    );
    this.#voter = this.voterTo(settings.votesTo);
    this.actionsByMessage.set(
      DEVICE_VOTE.text,
      action(DEVICE_VOTE, (vote) => this.#take(vote)),
    );
    this.handle('DO OPEN', (_, call) => this.#open(call));
    this.handle('DO CLOSE', (_, call) => this.#close(call));
    this.handle('DO PARK', (_, call) => this.#park(call));
    this.handle('DO GOTO', ({ AZ }, call) => this.#goto(AZ, call));
    this.perform('SET SLAVED', async ({ TO }) => {
      this.#slaved = TO;
      this.#rests = false;
      await this.keep('slaved', TO);
    });
    this.handle('GET SHUTTER', () => ({ SHUTTER: this.driver.shutter }));
    this.handle('GET AZ', () => ({ AZ: this.driver.azimuthDeg, SLAVED: this.#slaved }));
    this.handle('GET INTERLOCK', () => {
      const reasons = this.#objections().map(({ reason }) => reason);
      return { INTERLOCK: reasons.length > 0, REASONS: reasons };
    });
  }

  protected override async work(): Promise<void> {
    await super.work();
    this.#slaved = this.kept('slaved') === true;
    this.#watchLater();
  }

  protected override async shutdown(): Promise<void> {
    this.#watch?.cancel();
    this.#voter.end();
    await this.#closeForGood();
    await super.shutdown();
  }

  protected override driverReady(): void {
    this.#vote();
  }

  protected override driverFailed(reason: InstrumentError): void {
    super.driverFailed(reason);
    this.#vote();
  }

  protected override report({ shutter, isTurning }: DomeDriver): DeviceReport {
    const moves = isTurning || shutter === 'OPENING' || shutter === 'CLOSING';
    if (moves) return { state: 'MOVING' };
    const [objection] = this.#objections();
    return { state: 'IDLE', reason: objection && `it may not be opened: ${objection.reason}` };
  }

  protected override supports(key: string, driver: DomeDriver): boolean {
    return key !== 'DO INIT' || driver.init !== undefined;
  }

  protected override status(): Record<string, unknown> {
    const shutter = this.host.state === 'READY' ? this.driver.shutter : 'UNKNOWN';
    return {
      ...super.status(),
      dome: { shutter, objections: this.#objections().map(({ reason }) => reason) },
    };
  }

  async #open(call: Call) {
    const [objection] = this.#objections();
    if (objection) throw refusal(objection);
    const { driver } = this;
    this.#rests = false;
    const opened = driver.open(call.signal);
    call.progress(() => driver.etaS());
    await opened;
    this.#vote();
    return { SHUTTER: driver.shutter };
  }

  async #close(call: Call) {
    const { driver } = this;
    const closed = driver.close();
    this.#vote();
    call.progress(() => driver.etaS());
    await closed;
    this.#vote();
    return { SHUTTER: driver.shutter };
  }

  async #park(call: Call) {
    this.#checkPeople();
    const { driver } = this;
    this.#rests = true;
    const { signal } = call;
    const turned = driver.park ? driver.park(signal) : driver.turnTo(driver.parkAzimuthDeg, signal);
    const parked = Promise.all([driver.close(), turned]);
    this.#vote();
    call.progress(() => driver.etaS());
    await parked;
    this.#vote();
    return { SHUTTER: driver.shutter, AZ: driver.azimuthDeg };
  }

  async #goto(azimuthDeg: number, call: Call) {
    if (this.#slaved)
      throw new InstrumentError('SLAVED', 'the dome follows the telescope: SET DOME SLAVED OFF first');
    this.#checkPeople();
    const { driver } = this;
    this.#rests = false;
    const turned = driver.turnTo(azimuthDeg, call.signal);
    call.progress(() => driver.etaS());
    await turned;
    return { AZ: driver.azimuthDeg };
  }

  /** The dome does not turn around people. */
  #checkPeople(): void {
    const objection = this.#people();
    if (objection) throw objection;
  }

  #people(): InstrumentError | undefined {
    return this.#votes.standstill(this.clock.now());
  }

  /** Whoever has come in stands beside a dome that turns, whatever its shutter does. */
  #standStill(): void {
    if (this.host.state !== 'READY' || !this.driver.isTurning) return;
    const people = this.#people();
    if (!people) return;
    this.log.error(`the dome stops turning: ${people.message}`);
    this.#following?.abort(people);
    this.lane.end(people);
  }

  /** It consents to observing while it is open. */
  #vote(): void {
    const shutter = this.host.state === 'READY' ? this.driver.shutter : 'UNKNOWN';
    const reasons = shutter === 'OPEN' ? [] : [`the shutter is ${shutter}`];
    this.#voter.cast({ device: this.device, safe: reasons.length === 0, reasons, interlocks: [] });
  }

  #take(vote: DeviceVote): void {
    this.#votes.take(vote);
    this.#standStill();
    this.#closeIfUnsafe();
  }

  #objections(): Objection[] {
    return this.#votes.objections(this.clock.now());
  }

  /** Nobody needs to be awake for this, and a STOP does not keep it open. */
  #closeIfUnsafe(): void {
    if (this.host.state !== 'READY' || this.#closing) return;
    const { driver } = this;
    if (driver.shutter === 'CLOSED' || driver.shutter === 'CLOSING') return;
    const [objection] = this.#objections();
    if (!objection) return;
    this.log.error(`the dome closes: ${objection.reason}`);
    this.lane.end(refusal(objection));
    this.#closing = driver
      .close()
      .catch((error) => this.warn('the dome could not be closed, and is told again', error))
      .finally(() => {
        this.#closing = undefined;
        this.#vote();
      });
    this.#vote();
  }

  /** Nobody would watch over an open dome. When it takes too long the shutter goes on by itself. */
  async #closeForGood(): Promise<void> {
    if (this.host.state !== 'READY') {
      this.log.warn(
        'the agent stops, and does not know whether the dome is closed: its driver is not connected',
      );
      return;
    }
    const { driver } = this;
    if (driver.endsWithProcess || (driver.shutter === 'CLOSED' && !this.#closing)) return;
    this.log.warn('the dome closes: its agent is stopping, and nobody would watch over it');
    this.lane.end(new InstrumentError('ABORTED', `the agent ${this.name} is stopping`));
    try {
      await this.#closing;
      // What closes by itself is told again by a watch that has ended now.
      if (driver.shutter !== 'CLOSED') await driver.close();
      this.log.info(`the dome is ${driver.shutter}`);
    } catch (error) {
      this.warn('the dome may still be open', error);
    }
  }

  #watchLater(): void {
    this.#watch = this.clock.after(WATCH_MS, () => {
      this.#standStill();
      this.#closeIfUnsafe();
      this.#vote();
      this.#follow().catch((error) => this.warn('the dome does not follow the telescope', error));
      this.#watchLater();
    });
  }

  async #follow(): Promise<void> {
    if (!this.#mayFollow) return;
    const azimuthDeg = numberIn(
      await askDevice('TELESCOPE', 'GET TELESCOPE POSITION', { timeoutMs: PATIENCE_MS }),
      'AZ',
    );
    // Much may have been told to it meanwhile.
    if (azimuthDeg === undefined || !this.#mayFollow) return;
    if (Math.abs(wrapDeg(azimuthDeg - this.driver.azimuthDeg)) <= SLACK_DEG) return;
    this.#checkPeople();
    this.#following = new AbortController();
    await this.driver.turnTo(azimuthDeg, this.#following.signal);
  }

  get #mayFollow(): boolean {
    if (!this.#slaved || this.#rests || this.host.state !== 'READY') return false;
    return !this.lane.running && !this.driver.isTurning;
  }
}

function refusal({ device, stale, reason }: Objection): InstrumentError {
  return new InstrumentError(stale ? 'STALE' : device === 'PLC' ? 'INTERLOCK' : 'UNSAFE', reason);
}
