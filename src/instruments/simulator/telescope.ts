// A simulated telescope: an altitude-azimuth mount for rapid follow-up. Everything follows from the clock.
import type { Clock } from '../../clock/index.js';
import {
  airmass,
  type Equatorial,
  HorizonFrame,
  type Horizontal,
  type Site,
  separationDeg,
} from '../../sky/index.js';
import type {
  TelescopeDriver,
  TelescopePosition,
  TelescopeState,
  TrackingRate,
} from '../drivers/telescope-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { Course } from './course.js';
import { SimulatedDevice } from './simulated-device.js';
import { type MountMotion, Slew } from './slew.js';
import { DEFAULT_TELESCOPE_MODEL, type TelescopeModel } from './telescope-model.js';
import { TrackingJitter } from './tracking-jitter.js';

/** What the mount is doing. */
type Activity =
  | { kind: 'still'; direction: Horizontal; parked: boolean }
  | { kind: 'moving'; slew: Slew; startMs: number; endMs: number; then: Activity }
  | { kind: 'tracking'; course: Course };

/** A target's altitude changes while the mount moves: found by trying, this many times. */
const AIMING_ROUNDS = 4;

/** Where both axes are zero, at a height that every mount reaches. */
const HOME: Horizontal = { altitudeDeg: 80, azimuthDeg: 0 };

/** {@link TelescopeDriver} of a telescope that is not there. */
export class SimulatedTelescope extends SimulatedDevice implements TelescopeDriver {
  readonly #model: TelescopeModel;
  readonly #jitter: TrackingJitter;
  #activity: Activity;
  /** Ends the running move's wait. */
  #moving = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly site: Site,
    options: Partial<TelescopeModel> = {},
  ) {
    super();
    this.#model = { ...DEFAULT_TELESCOPE_MODEL, ...options };
    this.#jitter = new TrackingJitter(this.#model.seed, this.#model.jitterArcsec);
    this.#activity = this.#parked();
  }

  get state(): TelescopeState {
    const activity = this.#now();
    if (activity.kind === 'still') return activity.parked ? 'PARKED' : 'IDLE';
    return activity.kind === 'tracking' ? 'TRACKING' : 'MOVING';
  }

  get target(): Equatorial | undefined {
    const activity = this.#now();
    const aim = activity.kind === 'moving' ? activity.then : activity;
    return aim.kind === 'tracking' ? aim.course.placeAt(this.clock.now()) : undefined;
  }

  get tracking(): TrackingRate {
    const activity = this.#now();
    const aim = activity.kind === 'moving' ? activity.then : activity;
    return aim.kind === 'tracking' ? aim.course.rate : 'OFF';
  }

  get parkPlace(): Horizontal {
    return this.#model.park;
  }

  get homePlace(): Horizontal {
    return HOME;
  }

  async goto(target: Equatorial, signal?: AbortSignal, tracking: TrackingRate = 'SIDEREAL'): Promise<void> {
    checkTarget(target);
    if (signal?.aborted) throw aborted('the goto was called off before it began', signal.reason);
    const fault = this.obey(signal);
    if (fault) await fault;
    const course = new Course(target, tracking, this.clock.now());
    const slew = this.#aim(target);
    const direction = slew.at(slew.durationMs);
    const then: Activity =
      tracking === 'OFF' ? { kind: 'still', direction, parked: false } : { kind: 'tracking', course };
    await this.#move(slew, then, 'a new goto', signal);
  }

  async point(direction: Horizontal, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw aborted('the move was called off before it began', signal.reason);
    const fault = this.obey(signal);
    if (fault) await fault;
    this.#checkReach(direction.altitudeDeg);
    const slew = new Slew(this.#motion(), direction, this.#model);
    await this.#move(slew, { kind: 'still', direction, parked: false }, 'a new goto', signal);
  }

  async home(signal?: AbortSignal): Promise<void> {
    await this.point(HOME, signal);
  }

  async unpark(): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    const activity = this.#now();
    if (activity.kind === 'still') this.#activity = { ...activity, parked: false };
  }

  async sync(target: Equatorial): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    const activity = this.#now();
    if (activity.kind !== 'tracking')
      throw new InstrumentError(
        'INVALID_OPERATION',
        'only a telescope that tracks can be told where it points',
      );
    this.#activity = { kind: 'tracking', course: activity.course.shiftedTo(target, this.clock.now()) };
  }

  async track(tracking: TrackingRate): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    const activity = this.#now();
    const nowMs = this.clock.now();
    if (activity.kind === 'moving')
      throw new InstrumentError(
        'INVALID_OPERATION',
        'the telescope moves: wait for its end, or DO TELESCOPE STOP',
      );
    if (activity.kind === 'still' && activity.parked)
      throw new InstrumentError('PARKED', 'a parked telescope does not track: DO TELESCOPE UNPARK');
    const direction = this.#rest(activity, nowMs);
    const target =
      activity.kind === 'tracking'
        ? activity.course.placeAt(nowMs)
        : this.#frame(nowMs).equatorial(direction);
    this.#activity =
      tracking === 'OFF'
        ? { kind: 'still', direction, parked: false }
        : { kind: 'tracking', course: new Course(target, tracking, nowMs) };
  }

  async init(): Promise<void> {
    await this.unpark();
  }

  async stop(): Promise<void> {
    const activity = this.#now();
    if (activity.kind === 'still') return;
    if (isBraking(activity)) await this.clock.sleep(this.etaS() * 1000, this.#moving.signal);
    else await this.#brake('a stop');
  }

  async park(): Promise<void> {
    if (this.state === 'PARKED') return;
    const fault = this.obey();
    if (fault) await fault;
    const slew = new Slew(this.#motion(), this.#model.park, this.#model);
    await this.#begin(slew, this.#parked(), 'a park');
  }

  position(): TelescopePosition {
    const frame = new HorizonFrame(this.site, this.clock.now());
    const pointing = this.#pointing(frame);
    const { altitudeDeg, azimuthDeg } = frame.horizontal(pointing);
    const hourAngleDeg = frame.hourAngleDeg(pointing);
    const mass = airmass(altitudeDeg);
    return {
      ...pointing,
      altitudeDeg,
      azimuthDeg,
      hourAngleDeg,
      ...(mass !== undefined && { airmass: mass }),
    };
  }

  separationDeg(): number | undefined {
    const { target } = this;
    return target && separationDeg(target, this.position());
  }

  etaS(): number {
    const activity = this.#now();
    return activity.kind === 'moving' ? (activity.endMs - this.clock.now()) / 1000 : 0;
  }

  /** What it is doing now: a move that is over has become what follows it. */
  #now(): Activity {
    const activity = this.#activity;
    if (activity.kind === 'moving' && this.clock.now() >= activity.endMs) this.#activity = activity.then;
    return this.#activity;
  }

  #parked(): Activity {
    return { kind: 'still', direction: this.#model.park, parked: true };
  }

  /** The way to where the target will stand on arrival. */
  #aim(target: Equatorial): Slew {
    const [from, startMs] = [this.#motion(), this.clock.now()];
    let arrivalMs = startMs;
    let slew = Slew.braking(from, this.#model);
    let altitudeDeg = 0;
    for (let round = 0; round < AIMING_ROUNDS; round += 1) {
      const direction = new HorizonFrame(this.site, arrivalMs).horizontal(target);
      slew = new Slew(from, direction, this.#model);
      arrivalMs = startMs + slew.durationMs;
      altitudeDeg = direction.altitudeDeg;
    }
    this.#checkReach(altitudeDeg);
    return slew;
  }

  #checkReach(altitudeDeg: number): void {
    if (altitudeDeg < this.#model.minAltitudeDeg) throw tooLow(altitudeDeg, this.#model.minAltitudeDeg);
  }

  #frame(timeMs: number): HorizonFrame {
    return new HorizonFrame(this.site, timeMs);
  }

  /** A move that its caller may call off, which brakes. */
  async #move(slew: Slew, then: Activity, by: string, signal?: AbortSignal): Promise<void> {
    const move = this.#begin(slew, then, by);
    const stop = () => void this.#brake('its caller called it off', signal?.reason).catch(() => undefined);
    signal?.addEventListener('abort', stop, { once: true });
    await move.finally(() => signal?.removeEventListener('abort', stop));
  }

  async #brake(by: string, cause?: unknown): Promise<void> {
    const slew = Slew.braking(this.#motion(), this.#model);
    const direction = slew.at(slew.durationMs);
    await this.#begin(slew, { kind: 'still', direction, parked: false }, by, cause);
  }

  /** Starts a move in place of what was going on, and waits for its end. */
  async #begin(slew: Slew, then: Activity, by: string, cause?: unknown): Promise<void> {
    this.#moving.abort(aborted(`the move of the telescope was ended by ${by}`, cause));
    this.#moving = new AbortController();
    const settleMs = then.kind === 'tracking' ? this.#model.settleS * 1000 : 0;
    const startMs = this.clock.now();
    const waitMs = slew.durationMs + settleMs;
    const moving: Activity = { kind: 'moving', slew, startMs, endMs: startMs + waitMs, then };
    this.#activity = moving;
    await this.clock.sleep(waitMs, this.#moving.signal);
    // A timer of the system may fire a little early: who waited for the end shall see it.
    if (this.#activity === moving) this.#activity = then;
  }

  /** Where its axes are and how fast they turn. */
  #motion(): MountMotion {
    const activity = this.#now();
    const nowMs = this.clock.now();
    if (activity.kind === 'moving' && nowMs < activity.startMs + activity.slew.durationMs) {
      return activity.slew.at(nowMs - activity.startMs);
    }
    // Tracking is slower than any slew by three orders of magnitude: it counts as still.
    return { ...this.#rest(activity, nowMs), altitudeDegPerS: 0, azimuthDegPerS: 0 };
  }

  #rest(activity: Activity, nowMs: number): Horizontal {
    if (activity.kind === 'still') return activity.direction;
    if (activity.kind === 'moving') return this.#rest(activity.then, nowMs);
    return this.#frame(nowMs).horizontal(activity.course.placeAt(nowMs));
  }

  #pointing(frame: HorizonFrame): Equatorial {
    const activity = this.#now();
    const { timeMs } = frame;
    if (activity.kind === 'tracking') return this.#jitter.around(activity.course.placeAt(timeMs), timeMs);
    const hasArrived = activity.kind === 'moving' && timeMs >= activity.startMs + activity.slew.durationMs;
    if (hasArrived && activity.then.kind === 'tracking')
      return this.#jitter.around(activity.then.course.placeAt(timeMs), timeMs);
    return frame.equatorial(this.#motion());
  }
}

/** Whether a stop has been asked for already. */
function isBraking(activity: Activity): boolean {
  return activity.kind === 'moving' && activity.then.kind === 'still' && !activity.then.parked;
}

function checkTarget({ raDeg, decDeg }: Equatorial): void {
  if (!(raDeg >= 0 && raDeg < 360)) throw outOfRange('RA', raDeg, 'from 0 to below 360 deg');
  if (!(decDeg >= -90 && decDeg <= 90)) throw outOfRange('DEC', decDeg, 'from -90 to 90 deg');
}

function tooLow(altitudeDeg: number, minimumDeg: number): InstrumentError {
  const [at, least] = [altitudeDeg.toFixed(2), minimumDeg.toFixed(2)];
  return new InstrumentError(
    'BELOW_LIMIT',
    `the target stands at ${at} deg, the mount reaches down to ${least} deg`,
  );
}

function aborted(message: string, cause?: unknown): InstrumentError {
  return new InstrumentError('ABORTED', message, cause);
}
