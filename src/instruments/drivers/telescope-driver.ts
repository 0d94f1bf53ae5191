// What a telescope's agent asks of its mount, whatever stands behind: the simulator or an INDI server.
import type { Equatorial, Horizontal } from '../../sky/index.js';
import type { DeviceDriver } from './device-driver.js';

/**
 * - `PARKED`: at its park position, still
 * - `IDLE`: still, anywhere else
 * - `MOVING`: on its way to a target or to its park position, settling, or coming to a halt
 * - `TRACKING`: on its target, and following it
 * - `ERROR`: it needs help
 */
export type TelescopeState = 'PARKED' | 'IDLE' | 'MOVING' | 'TRACKING' | 'ERROR';

/** What a mount follows: a star, the Moon, the Sun, or nothing. */
export type TrackingRate = 'SIDEREAL' | 'LUNAR' | 'SOLAR' | 'OFF';

/** The side of its pier on which a German mount carries the telescope: on the west one it mostly looks east. */
export type PierSide = 'EAST' | 'WEST';

/** Where a telescope points now. */
export interface TelescopePosition extends Equatorial, Horizontal {
  /** -180 to 180, west positive. */
  hourAngleDeg: number;
  /** Left out below the horizon. */
  airmass?: number;
  /** Left out by mounts that do not turn over, and by those that do not tell. */
  pierSide?: PierSide;
}

/**
 * A telescope. It does as it is told: limits of altitude, Sun and interlocks are the agent's, who asks before each
 * command, so that no driver can be sent where it must not go. Every method that moves may reject with
 * InstrumentError `DRIVER`, `NOT_CONNECTED` or `TIMEOUT`.
 */
export interface TelescopeDriver extends DeviceDriver {
  readonly state: TelescopeState;
  /** What it moves to or follows; none when parked, still, or on the way to its park position. */
  readonly target: Equatorial | undefined;

  /** How it follows its target, or will when it has arrived. */
  readonly tracking?: TrackingRate;

  /**
   * Moves to a target and follows it; unparks first when parked. A `goto`, `stop` or `park` during the move
   * supersedes it.
   * @returns when the target is reached, the mount has settled, and it tracks
   * @throws InstrumentError (rejects) `ABORTED` when superseded, or when `signal` aborts, which stops the mount;
   *   `INVALID_VALUE`; `BELOW_LIMIT` for a target that the mount itself cannot reach
   */
  goto(target: Equatorial, signal?: AbortSignal, tracking?: TrackingRate): Promise<void>;

  /** Points somewhere and stays there; otherwise as {@link TelescopeDriver.goto}. */
  point?(direction: Horizontal, signal?: AbortSignal): Promise<void>;

  /** Takes it that it points at a target now. */
  sync?(target: Equatorial): Promise<void>;

  /** Finds the zero of its axes. */
  home?(signal?: AbortSignal): Promise<void>;

  /** Makes ready to move. */
  unpark?(): Promise<void>;

  /** Follows what it points at, in another way or not at all. */
  track?(tracking: TrackingRate): Promise<void>;

  /** Brakes and stops tracking; resolves when it stands still. Always accepted, does nothing when still. */
  stop(): Promise<void>;

  /**
   * Moves to the park position and rests there.
   * @throws InstrumentError (rejects) `ABORTED` when superseded
   */
  park(): Promise<void>;

  /** Where it points now. */
  position(): TelescopePosition;

  /** How far it points from {@link TelescopeDriver.target}; `undefined` without a target. */
  separationDeg(): number | undefined;

  /** Seconds until the running move is over, settling included; 0 when nothing moves. */
  etaS(): number;

  /** Where {@link TelescopeDriver.park} moves to; none when the mount does not tell. */
  readonly parkPlace?: Horizontal | undefined;

  /** Where {@link TelescopeDriver.home} moves to; none when the mount does not tell. */
  readonly homePlace?: Horizontal | undefined;
}
