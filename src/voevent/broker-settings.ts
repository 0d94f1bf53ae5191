// How a broker is set up: from the INI file or from a command line.
import type { VOEventLimits } from './limits.js';
import { LENIENT, type Policy, STRICT } from './policy.js';
import type { Retention } from './store.js';

/** A place in the network. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Everything that a broker may be told. */
export interface BrokerSettings {
  /** Its own IVORN, in its messages. */
  localIvorn: string;
  limits: Partial<VOEventLimits>;
  /** Where authors send events. */
  receive: readonly Endpoint[];
  /** Addresses and ranges of authors; empty for all. */
  receiveAllow: readonly string[];
  maxAuthors: number;
  /** Where subscribers get events. */
  broadcast: readonly Endpoint[];
  broadcastAllow: readonly string[];
  maxSubscribers: number;
  queueBytes: number;
  iamaliveMs: number;
  /** How far back a subscriber that returns is given what it missed. */
  catchUpMs: number;
  /** An event of role `test` is sent to subscribers so often; 0: never. */
  broadcastTestMs: number;
  /** Brokers that are followed. */
  remotes: readonly Endpoint[];
  /** Filters that are sent to them. */
  xpath: readonly string[];
  simple: readonly string[];
  authorPolicy: Policy;
  remotePolicy: Policy;
  print: boolean;
  saveDirectory: string | undefined;
  /** Programs that are run for each event. */
  commands: readonly string[];
  commandLimit: number;
  commandTimeoutMs: number;
  handlerAttempts: number;
  retention: Retention;
}

export const BROKER_DEFAULTS: Readonly<BrokerSettings> = Object.freeze({
  localIvorn: 'ivo://org.pyros/broker',
  limits: {},
  receive: [],
  receiveAllow: [],
  maxAuthors: 1024,
  broadcast: [],
  broadcastAllow: [],
  maxSubscribers: 2048,
  queueBytes: 8 * 1024 * 1024,
  iamaliveMs: 60_000,
  catchUpMs: 3_600_000,
  broadcastTestMs: 3_600_000,
  remotes: [],
  xpath: [],
  simple: [],
  authorPolicy: STRICT,
  remotePolicy: LENIENT,
  print: false,
  saveDirectory: undefined,
  commands: [],
  commandLimit: 4,
  commandTimeoutMs: 60_000,
  handlerAttempts: 5,
  retention: {},
});
