// A worker's end of the broker, joined to a broker in this process: what the one cannot read and the other cannot take.
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Delivery } from '../../src/celery/broker/broker.js';
import { EmbeddedConsumer } from '../../src/celery/broker/embedded/embedded-consumer.js';
import { packMessage, unpackResult } from '../../src/celery/broker/embedded/packing.js';
import { ATTEND, REPORT } from '../../src/celery/broker/embedded/protocol.js';
import type { BrokerRequest } from '../../src/celery/broker/embedded/publisher.js';
import { TaskBroker } from '../../src/celery/index.js';
import type { TaskMessage } from '../../src/celery/message.js';
import { decodeResult } from '../../src/celery/outcome.js';
import { ManualClock } from '../../src/clock/index.js';
import { action, type MessageContext, type SendOptions } from '../../src/mesh/index.js';
import { Store } from '../../src/store/index.js';
import { until } from '../helpers/until.js';

const LIMITS = {
  maxQueueLength: 1_000,
  storeLimitBytes: 2 ** 30,
  maxDeliveries: 3,
  workerPatienceMs: 60_000,
  resultExpiresMs: 60_000,
};
const QUIET = { info: () => {}, warn: () => {} };

function plain(id: string): TaskMessage {
  return {
    headers: { id, task: 'a.b' },
    properties: {},
    body: new Uint8Array([1]),
  } as unknown as TaskMessage;
}

function messageOf(id: string): Uint8Array {
  return packMessage(plain(id));
}

/** Payloads are checked as they are by the agent. */
function joined(t: Test) {
  const store = new Store(join(t.testdir(), 'store.lmdb'));
  const broker = new TaskBroker(store, new ManualClock(), QUIET, LIMITS);
  const actions = new Map([
    [ATTEND.text, action(ATTEND, (data, context) => broker.attend(data, context))],
    [REPORT.text, action(REPORT, (data) => broker.report(data))],
  ]);
  const asked: string[] = [];
  const request: BrokerRequest = async ({ text }: { text: string }, data: unknown, options?: SendOptions) => {
    asked.push(text);
    const context = { signal: options?.signal, progress: options?.onProgress };
    return actions.get(text)?.run(data, context as unknown as MessageContext);
  };
  const delivered: Delivery[] = [];
  const handlers = {
    deliver: (deliveries: Delivery[]) => delivered.push(...deliveries),
    revoke: () => {},
    control: () => null,
    eventsWanted: () => {},
    lost: () => {},
  };
  const consumer = new EmbeddedConsumer({ node: 'w@test', queues: ['q'], window: 9 }, handlers, request);
  t.teardown(async () => {
    await consumer.close();
    await broker.close();
    await store.close();
  });
  const publish = (id: string, message: Uint8Array) =>
    broker.publish('caller', false, [[id, 'q', 0, 0, 0, false, message]]);
  const endOf = async (id: string) => {
    await until(10_000, () => broker.results.isFinal(id));
    const packed = broker.results.get(id);
    if (!packed) throw new Error(`no result of ${id}`);
    return decodeResult(unpackResult(packed), ['json']);
  };
  return { broker, consumer, delivered, publish, endOf, asked };
}

t.test('a message that cannot be read has failed, and its caller hears why', async (t) => {
  const { broker, consumer, delivered, publish, endOf } = joined(t);
  await consumer.ready;
  const messages: [id: string, message: Uint8Array, why: RegExp][] = [
    ['no-msgpack', new Uint8Array([0xc1, 1, 2]), /no MessagePack|no headers/],
    ['no-message', new Uint8Array([0x01]), /no headers task and id/],
    ['no-properties', packMessage({ ...plain('no-properties'), properties: null as never }), /no properties/],
    ['other-id', messageOf('another'), /sent as task other-id, and its headers say another/],
  ];
  for (const [id, message, why] of messages) {
    await publish(id, message);
    const { status, result } = await endOf(id);
    t.match(
      { status, result },
      { status: 'FAILURE', result: { exc_type: 'DecodeError', exc_message: [why] } },
    );
  }
  t.equal(broker.deadLetters.count, messages.length, 'each is set aside too');
  t.match(broker.queues(), [{ name: 'q', ready: 0, held: 0 }]);
  await publish('good', messageOf('good'));
  await until(10_000, () => delivered.length === 1);
  t.match(delivered, [{ id: 'good' }]);
});

t.test('a worker that leaves does not come again while the broker writes that', async (t) => {
  const { broker, consumer, asked } = joined(t);
  await consumer.ready;
  broker.journal.written = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await consumer.close();
  t.equal(asked.filter((text) => text === ATTEND.text).length, 1);
  t.match(broker.status(), { workers: [] });
});
