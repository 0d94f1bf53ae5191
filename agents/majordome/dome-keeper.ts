// Opens the dome when the night begins and it is safe, closes it and parks the telescope when the night ends or
// somebody objects, and gives the PLC its sign of life.
import type { Clock, Timer } from '../../src/clock/index.js';
import type { Config } from '../../src/config/index.js';
import { errorText } from '../../src/errors/index.js';
import {
  askDevice,
  type DeviceVote,
  type Objection,
  onFastClockMs,
  PlcHeartbeat,
  STALE_MS,
  Votes,
} from '../../src/instruments/index.js';
import type { Logger } from '../../src/log/index.js';
import { Agent } from '../../src/mesh/index.js';
import { siteOf } from '../../src/observatory/index.js';
import { sunAltitude } from '../../src/sky/index.js';

/** How often it looks, in ms of observatory time. */
const WATCH_MS = 10_000;
/** On a fast clock nothing happens more often than this, and no vote is stale sooner than the other; ms of real time. */
const LEAST_MS = 1000;
const LEAST_STALE_MS = 5000;
/** How long a device may take to answer a question, in ms of real time. */
const PATIENCE_MS = 2000;

/** What a keeper needs. */
export interface KeeperOptions {
  config: Config;
  clock: Clock;
  log: Logger;
  /** Nobody objects any more: what waits may begin. */
  onClear: () => void;
  /** Somebody objects: what goes on must end, with this reason. */
  onObjection: (reason: string) => void;
  /** Nothing is being observed, so that the telescope may be parked. */
  isIdle: () => boolean;
}

export class DomeKeeper {
  readonly #votes: Votes;
  readonly #heartbeat: PlcHeartbeat;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #stop = new AbortController();
  /** As it was told last. */
  #objection: Objection | undefined;
  /** The night was ended: who opens the dome by day may. */
  #isDayBegun = false;
  #saidWhy: string | undefined;

  constructor(private readonly options: KeeperOptions) {
    const { config, clock, log } = options;
    const { voters, heartbeat } = config.settings('majordome');
    this.#votes = new Votes(
      voters.map((agent) => agent.toUpperCase()),
      Math.max(STALE_MS, onFastClockMs(config, LEAST_STALE_MS)),
    );
    this.#heartbeat = new PlcHeartbeat(
      clock,
      heartbeat / 1000,
      (error) => log.warn(`the PLC has no sign of life of ours: ${errorText(error)}`),
      onFastClockMs(config, LEAST_MS),
    );
  }

  /** Begins to keep the devices that the INI file has. */
  start(): void {
    if (this.options.config.agents.has(Agent.PLC)) this.#heartbeat.start();
    this.#objection = this.#worst();
    this.#look();
  }

  async end(): Promise<void> {
    this.#heartbeat.end();
    this.#timer?.cancel();
    this.#stop.abort(new Error('the majordome is stopping'));
    await this.#looking;
  }

  /** Why nothing may be observed, as it was told last: whoever waits for the end of it is told that too. */
  get objection(): string | undefined {
    return this.#objection?.reason;
  }

  /** What a device says of itself. */
  take(vote: DeviceVote): void {
    this.#votes.take(vote);
    this.#weigh();
  }

  /** What somebody says counts before what nobody has said. */
  #worst(): Objection | undefined {
    const all = this.#votes.objections(this.options.clock.now());
    return all.find(({ stale }) => !stale) ?? all[0];
  }

  /** Tells of each change. */
  #weigh(): void {
    const before = this.#objection;
    const objection = this.#worst();
    this.#objection = objection;
    if (!objection) {
      if (before) this.options.onClear();
      return;
    }
    // That nobody has been heard since the start ends nothing; the first word against it does.
    if (before && (!before.stale || objection.stale)) return;
    this.options.onObjection(objection.reason);
    this.#look();
  }

  #look(): void {
    this.#timer?.cancel();
    if (this.#stop.signal.aborted) return;
    this.#weigh();
    if (this.options.config.agents.has(Agent.DOME)) {
      this.#looking ??= this.#keep()
        .catch((error) => this.#tellOnce(errorText(error)))
        .finally(() => {
          this.#looking = undefined;
        });
    }
    const { clock, config } = this.options;
    this.#timer = clock.after(Math.max(WATCH_MS, onFastClockMs(config, LEAST_MS)), () => this.#look());
  }

  async #keep(): Promise<void> {
    const { config, clock } = this.options;
    const { domeSunAltitude } = config.settings('majordome');
    const isNight = sunAltitude(siteOf(config), clock.now()) < domeSunAltitude;
    const { SHUTTER } = await this.#ask('DOME', 'GET DOME SHUTTER');
    if (isNight) {
      this.#isDayBegun = false;
      if (SHUTTER !== 'OPEN') await this.#open(SHUTTER);
    } else if (!this.#isDayBegun) {
      if (SHUTTER !== 'CLOSED') await this.#command('DOME', 'DO DOME CLOSE', 'the night is over');
      this.#isDayBegun = true;
    }
    if (!isNight || this.objection !== undefined) await this.#park();
  }

  /** Who locks the dome keeps it as it is. */
  async #open(shutter: unknown): Promise<void> {
    if (shutter === 'OPENING' || shutter === 'CLOSING') return;
    const { INTERLOCK, REASONS } = await this.#ask('DOME', 'GET DOME INTERLOCK');
    if (INTERLOCK === true) return this.#tellOnce(`the dome stays closed: ${[REASONS].flat().join('; ')}`);
    await this.#command('DOME', 'DO DOME OPEN', 'it is night, and safe');
    this.#saidWhy = undefined;
  }

  /** A telescope under a closed dome rests. */
  async #park(): Promise<void> {
    if (!this.options.isIdle() || !this.options.config.agents.has(Agent.TELESCOPE)) return;
    const { STATE } = await this.#ask('TELESCOPE', 'GET TELESCOPE STATE');
    if (STATE !== 'TRACKING' || !this.options.isIdle()) return;
    await this.#command('TELESCOPE', 'DO TELESCOPE PARK', 'nothing can be observed');
  }

  #ask(device: string, sentence: string) {
    return askDevice(device, sentence, { timeoutMs: PATIENCE_MS, signal: this.#stop.signal });
  }

  async #command(device: string, sentence: string, why: string): Promise<void> {
    this.options.log.info(`${sentence}: ${why}`);
    await askDevice(device, sentence, { signal: this.#stop.signal });
  }

  /** What stays as it is for hours is said once. */
  #tellOnce(text: string): void {
    if (text === this.#saidWhy || this.#stop.signal.aborted) return;
    this.#saidWhy = text;
    this.options.log.warn(text);
  }
}
