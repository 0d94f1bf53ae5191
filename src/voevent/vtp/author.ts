// The author's side of VTP: send one event to a broker, and take its answer.
import { longTimer } from '../../clock/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import { type Connection, connect } from '../../socket/index.js';
import { VtpError } from '../errors.js';
import { encodeFrame, FrameReader } from './frame.js';
import { MAX_TRANSPORT_BYTES, parseTransport, type TransportMessage } from './transport.js';

/** Where to send, and for how long to wait. */
export interface SendOptions {
  host: string;
  /** Brokers take authors on 8098 by custom. */
  port: number;
  /** From the start of the connection to the whole answer. @defaultValue 20000 */
  timeoutMs?: number;
}

/** A broker's answer. */
export interface SendResult {
  /** It has taken the event over. When not, the event is never to be sent again as it is. */
  readonly accepted: boolean;
  /** The broker's text: of a refusal, the reason. */
  readonly reason?: string;
  /** IVORN of the event that is answered. */
  readonly origin: string;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/**
 * Sends an event to a broker. Whatever rejects leaves open whether the broker has the event: it may be sent again,
 * for a broker takes the same bytes only once.
 * @throws VtpError `VTP_CONNECT`, `VTP_TIMEOUT`, `VTP_NO_ANSWER`, `VTP_NOT_TRANSPORT`, `VTP_FRAME_EMPTY`,
 * `VTP_FRAME_TOO_LARGE`
 */
export async function sendVOEvent(options: SendOptions, bytes: Uint8Array): Promise<SendResult> {
  const { host, port, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const frame = encodeFrame(bytes);
  const deadlineMs = performance.now() + timeoutMs;
  const connection = await connected(host, port, timeoutMs);
  const answer = await exchange(connection, frame, deadlineMs - performance.now());
  return resultOf(parseTransport(answer));
}

async function connected(host: string, port: number, timeoutMs: number): Promise<Connection> {
  try {
    return await connect({ host, port, timeoutMs });
  } catch (error) {
    const code = errorCode(error) === 'CONNECT_TIMEOUT' ? 'VTP_TIMEOUT' : 'VTP_CONNECT';
    throw new VtpError(code, `the event was not sent: ${errorText(error)}`, error);
  }
}

/** Sends the frame; resolves with the payload of the first frame that comes back. */
function exchange(connection: Connection, frame: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { peer } = connection;
    const reader = new FrameReader(MAX_TRANSPORT_BYTES);
    const fail = (error: Error) => {
      timer.cancel();
      reject(error);
      connection.destroy();
    };
    const timer = longTimer(timeoutMs, () =>
      fail(new VtpError('VTP_TIMEOUT', `${peer} has not answered in time`)),
    );
    const onData = (chunk: Buffer) => {
      const [answer] = reader.push(chunk);
      if (!answer) return;
      timer.cancel();
      resolve(answer);
      connection.end();
    };
    connection.start({
      onData: (chunk) => guarded(() => onData(chunk), fail),
      onClose: (cause) => fail(new VtpError('VTP_NO_ANSWER', `${peer} has closed without an answer`, cause)),
    });
    connection.send(frame);
  });
}

function guarded(action: () => void, fail: (error: Error) => void): void {
  try {
    action();
  } catch (error) {
    fail(error instanceof Error ? error : new Error(errorText(error)));
  }
}

function resultOf(answer: TransportMessage): SendResult {
  const { role, origin, result } = answer;
  if (role !== 'ack' && role !== 'nak') {
    throw new VtpError(
      'VTP_NOT_TRANSPORT',
      `an ack or nak was awaited, and a message with the role ${role} came`,
    );
  }
  return { accepted: role === 'ack', origin, ...(result === undefined ? {} : { reason: result }) };
}
