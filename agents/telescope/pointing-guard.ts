// What the agent of a telescope does not let it do, whatever its mount would: point low, near the Sun or past it, under
// a closed dome, or where people are.
import type { Clock } from '../../src/clock/index.js';
import {
  checkDirection,
  checkSun,
  checkTarget,
  checkWay,
  checkWayToRest,
  type DeviceVote,
  InstrumentError,
  type Limits,
  stillness,
  type Votes,
} from '../../src/instruments/index.js';
import { type Equatorial, HorizonFrame, type Horizontal, type Site } from '../../src/sky/index.js';

/** Every method that checks throws InstrumentError `BELOW_LIMIT`, `ABOVE_LIMIT`, `SUN_AVOIDANCE` or `INTERLOCK`. */
export class PointingGuard {
  constructor(
    private readonly clock: Clock,
    private readonly site: Site,
    private readonly votes: Votes,
    /** Those that hold now. */
    private readonly limits: () => Limits,
  ) {}

  /** It is to follow a target. */
  checkTarget(from: Equatorial, target: Equatorial): void {
    this.#checkVoters();
    this.checkPlace(target);
    this.#checkWay(from, target);
  }

  /** It is to stand in a direction. */
  checkDirection(from: Equatorial, direction: Horizontal): void {
    this.#checkVoters();
    checkDirection(this.site, direction, this.limits(), this.clock.now());
    this.#checkWay(from, this.#placeOf(direction));
  }

  /** It follows a place, or is to begin to. */
  checkPlace(place: Equatorial): void {
    checkTarget(this.site, place, this.limits(), this.clock.now());
  }

  /** Where it rests is the mount's own: low, or near the Sun at times. */
  checkPark(from: Equatorial, place: Horizontal): void {
    checkWayToRest(this.site, from, place, this.limits(), this.clock.now());
  }

  /** Where its axes are zero is the mount's own, too, but it stands there in the open. */
  checkHome(from: Equatorial, direction: Horizontal): void {
    const place = this.#placeOf(direction);
    checkSun(this.site, place, this.limits(), this.clock.now());
    this.#checkWay(from, place);
  }

  /** The agent, not the driver, knows when a telescope must not move at all. */
  checkInterlocks(): void {
    const reason = this.votes.standstill(this.clock.now());
    if (reason) throw reason;
  }

  /** Hears a device. @returns why the telescope is to stop in the middle of its way, when it is */
  take(vote: DeviceVote): InstrumentError | undefined {
    this.votes.take(vote);
    const held = stillness(vote.interlocks);
    if (held.length === 0) return undefined;
    return new InstrumentError('INTERLOCK', `stopped by ${held.join(', ')} of ${vote.device}`);
  }

  /** It points nowhere under a closed dome, where the INI file says so. */
  #checkVoters(): void {
    const [objection] = this.votes.objections(this.clock.now());
    if (objection) throw new InstrumentError('INTERLOCK', objection.reason);
  }

  #checkWay(from: Equatorial, to: Equatorial): void {
    checkWay(this.site, from, to, this.limits(), this.clock.now());
  }

  #placeOf(direction: Horizontal): Equatorial {
    return new HorizonFrame(this.site, this.clock.now()).equatorial(direction);
  }
}
