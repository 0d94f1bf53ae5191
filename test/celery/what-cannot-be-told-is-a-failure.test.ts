// A worker's end of the broker, joined to a broker in this process: what the one cannot read and the other cannot take.
import t, { type Test } from 'tap';
import type { Delivery } from '../../src/celery/broker/broker.js';
import { EmbeddedConsumer } from '../../src/celery/broker/embedded/embedded-consumer.js';
import { packMessage, unpackResult } from '../../src/celery/broker/embedded/packing.js';
import { ATTEND, type PackedResult, REPORT } from '../../src/celery/broker/embedded/protocol.js';
import type { BrokerRequest } from '../../src/celery/broker/embedded/publisher.js';
import { type Celery, Reject } from '../../src/celery/index.js';
import type { TaskMessage } from '../../src/celery/message.js';
import { decodeResult } from '../../src/celery/outcome.js';
import { encodeBody } from '../../src/celery/serialization/index.js';
import { RunEnds, type RunOfTask } from '../../src/celery/worker/run-ends.js';
import { action, type MessageContext, type SendOptions } from '../../src/mesh/index.js';
import { openTaskBroker } from '../helpers/task-broker.js';
import { until } from '../helpers/until.js';

const NOTHING = { result: undefined, retry: undefined, followers: [], results: [], parts: [] };

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
  const { broker, close } = openTaskBroker(t.testdir());
  const actions = new Map([
    [ATTEND.text, action(ATTEND, (data, context) => broker.attend(data, context))],
    [REPORT.text, action(REPORT, (data) => broker.report(data))],
  ]);
  const asked: string[] = [];
  let refused = 0;
  const request: BrokerRequest = async ({ text }: { text: string }, data: unknown, options?: SendOptions) => {
    asked.push(text);
    const context = { signal: options?.signal, progress: options?.onProgress };
    try {
      return await actions.get(text)?.run(data, context as unknown as MessageContext);
    } catch (error) {
      refused += 1;
      throw error;
    }
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
    await close();
  });
  const publish = (id: string, message: Uint8Array) =>
    broker.publish('caller', false, [[id, 'q', 0, 0, 0, false, message]]);
  const endOf = async (id: string) => {
    await until(10_000, () => broker.results.isFinal(id));
    const packed = broker.results.get(id);
    if (!packed) throw new Error(`no result of ${id}`);
    return decodeResult(unpackResult(packed), ['json']);
  };
  return { broker, consumer, delivered, publish, endOf, asked, refused: () => refused };
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

t.test('an end that the broker cannot take is a failure, and holds no other up', async (t) => {
  const { broker, consumer, delivered, publish, endOf, refused } = joined(t);
  await consumer.ready;
  for (const id of ['a', 'b', 'c']) await publish(id, messageOf(id));
  await until(10_000, () => delivered.length === 3);
  const [a, b, c] = delivered.map(({ tag }) => tag) as [number, number, number];
  const success = (id: string) => ({
    id,
    status: 'SUCCESS',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify({ result: id })),
  });
  consumer.state({ ...success('a'), status: 'x'.repeat(256) });
  consumer.end({ tag: a, id: 'a', ...NOTHING, result: success('a'), deadLetter: undefined });
  const group = { group: 'g'.repeat(256), index: 0, size: 1, rootId: 'b', body: {} as never };
  const parts = [{ ...group, record: success('b') }];
  consumer.end({ tag: b, id: 'b', ...NOTHING, parts, result: success('b'), deadLetter: undefined });
  consumer.end({ tag: c, id: 'c', ...NOTHING, result: success('c'), deadLetter: undefined });
  await consumer.flush();
  t.match(await endOf('a'), { status: 'SUCCESS', result: 'a' });
  t.match(await endOf('c'), { status: 'SUCCESS', result: 'c' });
  const failure = {
    exc_type: 'CeleryError',
    exc_message: [/does not take how it has ended: .*Celery report/],
  };
  t.match(await endOf('b'), { status: 'FAILURE', result: failure });
  t.match(broker.queues(), [{ name: 'q', ready: 0, held: 0 }]);
  t.ok(refused() >= 2 && refused() < 10, `refused ${refused()} times`);
});

const LIMIT_BYTES = 2 ** 20;

/** A run of a child whose messages have this limit. */
function runOf(message: TaskMessage) {
  const conf = { resultSerializer: 'json' };
  const config = { mesh: { payloadLimit: LIMIT_BYTES } };
  const app = { conf, config, acceptContent: ['json'] };
  const task = { isAutoretried: () => false, onFailure: () => {} };
  const run = { task, request: { id: 'a', deliveryInfo: {} }, message, body: [[], {}, {}] };
  return { ends: new RunEnds(app as unknown as Celery), run: run as unknown as RunOfTask };
}

t.test('the text of an error is bounded, whatever becomes of it', async (t) => {
  const { ends, run } = runOf(plain('a'));
  const long = 'x'.repeat(2 ** 20);
  const rejected = await ends.threw(run, new Reject(long));
  t.equal(rejected.status, 'REJECTED');
  t.ok((rejected.deadLetter ?? long).length < 20_000);
  const failed = await ends.threw(run, new Error(long));
  t.equal(failed.status, 'FAILURE');
  t.ok((failed.text ?? long).length < 20_000);
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

t.test('a failure for which much has waited fits into a message all the same', async (t) => {
  const COUNT = 1_000;
  const chain = Array.from({ length: COUNT }, (_, index) => ({
    task: 'a.b',
    args: [],
    kwargs: {},
    options: { task_id: `step-${index}` },
    subtask_type: null,
    immutable: false,
  }));
  const { contentType, contentEncoding, body } = encodeBody([[], {}, { chain }], 'json');
  const message = plain('a');
  message.body = body;
  Object.assign(message.properties, { content_type: contentType, content_encoding: contentEncoding });
  const { ends, run } = runOf(message);
  const { results, result } = await ends.threw(run, new RangeError('x'.repeat(10_000)));
  t.equal(results?.length, COUNT);
  const bytes = (results ?? []).reduce((sum, [id, , , { length }]) => sum + id.length + length, 0);
  t.ok(bytes < LIMIT_BYTES, `${bytes} bytes`);
  const told = (packed: PackedResult) => decodeResult(unpackResult(packed), ['json']);
  t.match(results?.map(told).at(-1), { status: 'FAILURE', result: { exc_type: 'RangeError' } });
  t.match(result && told(result), { result: { exc_message: ['x'.repeat(10_000)] } }, 'its own is whole');
});
