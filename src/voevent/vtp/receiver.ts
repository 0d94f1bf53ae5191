// The broker's side of VTP towards authors: takes their events, and answers every complete frame.
import type { Clock } from '../../clock/index.js';
import { type Connection, type Listener, listen } from '../../socket/index.js';
import { type VOEventLimits, withDefaults } from '../limits.js';
import { SILENT, type VoeventLog } from '../log.js';
import { type Policy, STRICT } from '../policy.js';
import { AuthorSession } from './author-session.js';
import type { OnEvent, ReceiverCounters, Reception } from './reception.js';

/** Where to listen, and what is accepted. */
export interface ReceiverOptions {
  host: string;
  /** 0 takes any free port; by custom it is 8098. */
  port: number;
  /** The broker's own IVORN, sent in every answer. */
  localIvorn: string;
  /** Of one event. @defaultValue {@link DEFAULT_LIMITS} */
  limits?: Partial<VOEventLimits>;
  /** On what is not quite VOEvent 2.0. @defaultValue {@link STRICT} */
  policy?: Policy;
  /** From connect, and from each answer, to the next whole frame. @defaultValue 20000, as Comet's */
  timeoutMs?: number;
  /** With so many connections whoever comes gets the place of one that says nothing. @defaultValue 256 */
  maxConnections?: number;
  /** Bytes of frames that are not complete, of all connections; with more, who holds most is closed. @defaultValue 64 MiB */
  maxBufferedBytes?: number;
  /** Says whether a peer may connect. @defaultValue all may */
  admit?: (remoteAddress: string) => boolean;
  /** For the time stamps of answers. */
  clock: Clock;
}

/** A port for authors. */
export interface Receiver {
  readonly port: number;
  readonly counters: Readonly<ReceiverCounters>;
  /** Takes no more, and resolves when the events in hand are answered. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_MAX_CONNECTIONS = 256;
const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
/** An author sends as soon as it is connected: who has not has its place for as long as nobody wants it. */
const SILENT_MS = 100;

/**
 * Listens for authors. Each may send several events on one connection; they are answered in order.
 * @throws SocketError `PORT_IN_USE`, `LISTEN_FAILED`
 */
export async function startReceiver(
  options: ReceiverOptions,
  onEvent: OnEvent,
  log: VoeventLog = SILENT,
): Promise<Receiver> {
  const { host, port, maxConnections = DEFAULT_MAX_CONNECTIONS, admit } = options;
  const sessions = new Set<AuthorSession>();
  const reception = receptionOf(options, onEvent, log, () => largestOf(sessions)?.makeRoom());
  const welcome = (connection: Connection) => {
    const session = new AuthorSession(connection, reception, () => sessions.delete(session));
    sessions.add(session);
  };
  const where = { host, port, maxConnections, silentMs: SILENT_MS, ...(admit ? { admit } : {}) };
  const listener = await listen(where, welcome);
  return {
    port: listener.port,
    counters: reception.counters,
    close: () => close(listener, sessions),
  };
}

function receptionOf(
  options: ReceiverOptions,
  onEvent: OnEvent,
  log: VoeventLog,
  makeRoom: () => void,
): Reception {
  return {
    localIvorn: options.localIvorn,
    limits: withDefaults(options.limits),
    policy: options.policy ?? STRICT,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxBufferedBytes: options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
    clock: options.clock,
    onEvent,
    log,
    counters: { received: 0, accepted: 0, refused: 0, failed: 0, byCode: {} },
    bufferedBytes: 0,
    makeRoom,
  };
}

/** The one with the most bytes of a frame that is not complete. */
function largestOf(sessions: Iterable<AuthorSession>): AuthorSession | undefined {
  let largest: AuthorSession | undefined;
  for (const session of sessions)
    if (session.bufferedBytes > (largest?.bufferedBytes ?? 0)) largest = session;
  return largest;
}

async function close(listener: Listener, sessions: Iterable<AuthorSession>): Promise<void> {
  listener.stopAccepting();
  await Promise.all(Array.from(sessions, (session) => session.stop()));
  await listener.close();
}
