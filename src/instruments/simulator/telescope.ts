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
import type { TelescopeDriver, TelescopePosition, TelescopeState } from '../drivers/telescope-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { type MountMotion, Slew } from './slew.js';
import { DEFAULT_TELESCOPE_MODEL, type TelescopeModel } from './telescope-model.js';
import { TrackingJitter } from './tracking-jitter.js';

/** What the mount is doing. */
type Activity =
  | { kind: 'still'; direction: Horizontal; parked: boolean }
  | { kind: 'moving'; slew: Slew; startMs: number; endMs: number; then: Activity }
  | { kind: 'tracking'; target: Equatorial };

/** A target's altitude changes while the mount moves: found by trying, this many times. */
const AIMING_ROUNDS = 4;

/** {@link TelescopeDriver} of a telescope that is not there. */
export class SimulatedTelescope implements TelescopeDriver {
  readonly #model: TelescopeModel;
  readonly #jitter: TrackingJitter;
  #activity: Activity;
  /** Ends the running move's wait. */
  #move = new AbortController();

  constructor(
    private readonly clock: Clock,
    private readonly site: Site,
    options: Partial<TelescopeModel> = {},
  ) {
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
    return aim.kind === 'tracking' ? aim.target : undefined;
  }

  async goto(target: Equatorial, signal?: AbortSignal): Promise<void> {
    checkTarget(target);
    if (signal?.aborted) throw aborted('the goto was called off before it began', signal.reason);
    const slew = this.#aim(target);
    const move = this.#begin(slew, { kind: 'tracking', target: { ...target } }, 'a new goto');
    const stop = () => void this.#brake('its caller called it off', signal?.reason).catch(() => undefined);
    signal?.addEventListener('abort', stop, { once: true });
    await move.finally(() => signal?.removeEventListener('abort', stop));
  }

  async stop(): Promise<void> {
    const activity = this.#now();
    if (activity.kind === 'still') return;
    if (isBraking(activity)) await this.clock.sleep(this.etaS() * 1000, this.#move.signal);
    else await this.#brake('a stop');
  }

  async park(): Promise<void> {
    if (this.state === 'PARKED') return;
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
    if (altitudeDeg < this.#model.minAltitudeDeg) throw tooLow(altitudeDeg, this.#model.minAltitudeDeg);
    return slew;
  }

  async #brake(by: string, cause?: unknown): Promise<void> {
    const slew = Slew.braking(this.#motion(), this.#model);
    const direction = slew.at(slew.durationMs);
    await this.#begin(slew, { kind: 'still', direction, parked: false }, by, cause);
  }

  /** Starts a move in place of what was going on, and waits for its end. */
  async #begin(slew: Slew, then: Activity, by: string, cause?: unknown): Promise<void> {
    this.#move.abort(aborted(`the move of the telescope was ended by ${by}`, cause));
    this.#move = new AbortController();
    const settleMs = then.kind === 'tracking' ? this.#model.settleS * 1000 : 0;
    const startMs = this.clock.now();
    const waitMs = slew.durationMs + settleMs;
    const moving: Activity = { kind: 'moving', slew, startMs, endMs: startMs + waitMs, then };
    this.#activity = moving;
    await this.clock.sleep(waitMs, this.#move.signal);
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
    return new HorizonFrame(this.site, nowMs).horizontal(activity.target);
  }

  #pointing(frame: HorizonFrame): Equatorial {
    const activity = this.#now();
    const { timeMs } = frame;
    if (activity.kind === 'tracking') return this.#jitter.around(activity.target, timeMs);
    const hasArrived = activity.kind === 'moving' && timeMs >= activity.startMs + activity.slew.durationMs;
    if (hasArrived && activity.then.kind === 'tracking')
      return this.#jitter.around(activity.then.target, timeMs);
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
