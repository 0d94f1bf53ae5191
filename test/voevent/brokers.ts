// Brokers for tests, and subscribers that do as told.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { Store } from '../../src/store/index.js';
import {
  Broker,
  type BrokerPlace,
  type BrokerSettings,
  encodeFrame,
  FrameReader,
  parseTransport,
  sendVOEvent,
  TRANSPORT_NAMESPACES,
  type TransportMessage,
} from '../../src/voevent/index.js';
import { LogLines } from '../helpers/log-lines.js';
import { until } from '../helpers/until.js';
import { smallEvent } from './fixtures.js';
import { LOCAL_IVORN, RawPeer } from './raw-peer.js';

export const HERE = { host: '127.0.0.1', port: 0 };

/** A broker with a port for authors and one for subscribers, closed when the test ends. */
export async function aBroker(
  t: Test,
  settings: Partial<BrokerSettings> = {},
  place: Partial<BrokerPlace> & { directory?: string } = {},
) {
  const directory = place.directory ?? mkdtempSync(join(tmpdir(), 'pyros-vo-'));
  const store = new Store(join(directory, 'events.lmdb'));
  const clock = new ManualClock(Date.UTC(2026, 5, 1));
  const timers = new ManualClock(0);
  const log = new LogLines();
  const all = {
    localIvorn: LOCAL_IVORN,
    receive: [HERE],
    broadcast: [HERE],
    broadcastTestMs: 0,
    ...settings,
  };
  const broker = new Broker(all, { store, clock, timers, log, ...place });
  await broker.start();
  const close = async () => {
    await broker.close();
    await store.close();
  };
  t.teardown(close);
  const [port = 0] = broker.ports.receive;
  const [subscriberPort = 0] = broker.ports.broadcast;
  const send = (bytes: Uint8Array | string) =>
    sendVOEvent({ host: '127.0.0.1', port }, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return { broker, store, clock, timers, log, directory, port, subscriberPort, send, close };
}

/** An event of that number. */
export function numbered(n: number, content = '', role = 'test'): string {
  return smallEvent(content, `ivo://pyros.test/room#${n}`, role);
}

/** A transport message as another program may write it. */
export function transportFrame(
  message: Partial<TransportMessage>,
  namespace = TRANSPORT_NAMESPACES[1],
): Buffer {
  const {
    role = 'ack',
    origin = 'ivo://a/b',
    response = 'ivo://pyros.test/subscriber',
    params = [],
  } = message;
  const named = params.map(({ name, value }) => `<Param name='${name}' value='${value}'/>`).join('');
  const text = `<?xml version='1.0'?>
<trn:Transport role='${role}' version='1.0' xmlns:trn='${namespace}'><Origin>${origin}</Origin>
<Response>${response}</Response><TimeStamp>2026-06-01T00:00:00</TimeStamp><Meta>${named}</Meta></trn:Transport>`;
  return encodeFrame(Buffer.from(text));
}

/** Whether that many subscribers are known by name and served. */
export function isLive(report: Record<string, unknown>, count = 1): boolean {
  const [broadcast] = report['broadcast'] as { subscribers: { state: string; name?: string }[] }[];
  const live = broadcast?.subscribers.filter(({ state, name }) => state === 'LIVE' && name !== undefined);
  return (live?.length ?? 0) >= count;
}

/** How a subscriber of a test behaves. */
export interface Behaviour {
  params?: TransportMessage['params'];
  name?: string;
  authenticates?: boolean;
  acknowledges?: boolean;
  namespace?: string;
}

/** A bare subscriber: what it got, as texts. */
export class TestSubscriber {
  readonly events: string[] = [];
  readonly messages: TransportMessage[] = [];

  private constructor(readonly peer: RawPeer) {}

  static async to(t: Test, port: number, behaviour: Behaviour = {}): Promise<TestSubscriber> {
    const peer = await RawPeer.to(t, port, () => undefined);
    const subscriber = new TestSubscriber(peer);
    const reader = new FrameReader(16 * 1024 * 1024);
    peer.socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) subscriber.#hear(frame, behaviour);
    });
    return subscriber;
  }

  /** Waits for that many events. */
  async got(count: number): Promise<string[]> {
    await until(20_000, () => this.events.length >= count);
    return this.events;
  }

  /** Waits for a message of that role. */
  async heard(role: string): Promise<TransportMessage> {
    await until(20_000, () => this.messages.some((message) => message.role === role));
    return this.messages.find((message) => message.role === role) as TransportMessage;
  }

  #hear(frame: Uint8Array, behaviour: Behaviour): void {
    const { params = [], authenticates = true, acknowledges = true, name, namespace } = behaviour;
    const text = Buffer.from(frame).toString();
    const say = (role: TransportMessage['role'], more: Partial<TransportMessage> = {}) =>
      this.peer.send(transportFrame({ role, ...(name && { response: name }), ...more }, namespace));
    if (!/<(\w+:)?Transport/.test(text)) {
      this.events.push(text);
      if (acknowledges) say('ack');
      return;
    }
    const message = parseTransport(frame);
    this.messages.push(message);
    if (message.role === 'authenticate' && authenticates) say('authenticate', { params });
    if (message.role === 'iamalive' && acknowledges) say('iamalive', { origin: message.origin });
  }
}
