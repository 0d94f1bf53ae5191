// A broker that was killed knows little of what it gave out last: its workers do, and what they run is not begun anew.
import t, { type Test } from 'tap';
import { EmbeddedConsumer } from '../../src/celery/broker/embedded/embedded-consumer.js';
import { packMessage } from '../../src/celery/broker/embedded/packing.js';
import {
  ATTEND,
  type PackedOutcome,
  type PackedResult,
  type PackedTask,
  REPORT,
  type WorkerNews,
} from '../../src/celery/broker/embedded/protocol.js';
import type { BrokerRequest } from '../../src/celery/broker/embedded/publisher.js';
import type { TaskBroker } from '../../src/celery/index.js';
import type { TaskMessage } from '../../src/celery/message.js';
import { ManualClock } from '../../src/clock/index.js';
import type { MessageContext, SendOptions } from '../../src/mesh/index.js';
import { openTaskBroker } from '../helpers/task-broker.js';
import { until } from '../helpers/until.js';

type Held = [tag: number, id: string, begun: boolean][];

const WORKER = { node: 'w@test', pid: process.pid, startTime: '', host: '-' };

function task(id: string): PackedTask {
  const message = { headers: { id, task: 'a.b' }, properties: {}, body: new Uint8Array([1]) };
  return [id, 'q', 0, 0, 0, false, packMessage(message as unknown as TaskMessage)];
}

function result(id: string, status = 'SUCCESS'): PackedResult {
  return [id, status, 'application/json', Buffer.from('{}')];
}

/** The end of a task, with its result unless none is kept, and what follows it. */
function ended(
  tag: number,
  id: string,
  followers: string[] = [],
  state: string | null = 'SUCCESS',
): PackedOutcome {
  return [tag, id, state ? result(id, state) : null, null, followers.map(task), null, null, null];
}

/** A worker takes part. @returns ids and tags that came to it, and those that it was told to drop */
async function attend(broker: TaskBroker, session: string, held: Held = []) {
  const delivered: [id: string, tag: number][] = [];
  const lost: number[] = [];
  let attended = false;
  const progress = (news: WorkerNews) => {
    attended ||= news.attended === true;
    for (const [tag, id] of news.tasks ?? []) delivered.push([id, tag]);
    lost.push(...(news.lost ?? []));
  };
  const context = { signal: new AbortController().signal, progress } as unknown as MessageContext;
  void broker.attend({ ...WORKER, session, queues: ['q'], window: 9, held }, context);
  await until(10_000, () => attended);
  const report = (...outcomes: PackedOutcome[]) => broker.report({ session, window: 9, ended: outcomes });
  return { delivered, lost, report };
}

/** A broker whose disk knows that worker `s` has begun task `first`, perhaps of another worker, and of nothing since. */
async function killed(t: Test, other?: string, aftermath?: Parameters<typeof openTaskBroker>[2]) {
  const folder = t.testdir();
  const before = openTaskBroker(folder);
  const { delivered } = await attend(before.broker, 's');
  await before.broker.publish('caller', false, [task('first')]);
  const tag = delivered[0]?.[1] ?? 0;
  await before.broker.report({ session: 's', window: 9, begun: [tag] });
  if (other) await attend(before.broker, other);
  await before.close();
  const { broker, close } = openTaskBroker(folder, new ManualClock(), aftermath);
  t.teardown(close);
  return { broker, tag };
}

for (const begun of [true, false]) {
  t.test(`what a worker has is not delivered again, ${begun ? 'begun' : 'about to begin'}`, async (t) => {
    const { broker, tag } = await killed(t);
    const held: Held = [
      [tag, 'first', true],
      [tag + 1, 'next', begun],
    ];
    const worker = await attend(broker, 's', held);
    await worker.report(ended(tag, 'first', ['next']));
    t.same([worker.delivered, worker.lost], [[], []]);
    await worker.report(ended(tag + 1, 'next'));
    t.ok(broker.results.isFinal('next'));
    t.match(broker.status(), { tasks: 0, results: 2 });
  });
}

t.test('what had not begun and is given back comes again, whatever is heard first', async (t) => {
  for (const isGivenBackFirst of [true, false]) {
    await t.test(`given back ${isGivenBackFirst ? 'first' : 'last'}`, async (t) => {
      const { broker, tag } = await killed(t);
      const held: Held = [
        [tag, 'first', true],
        [tag + 1, 'next', false],
      ];
      const worker = await attend(broker, 's', held);
      const end = () => worker.report(ended(tag, 'first', ['next']));
      if (!isGivenBackFirst) await end();
      await broker.report({ session: 's', window: 9, returned: [tag + 1] });
      if (isGivenBackFirst) await end();
      t.same(
        worker.delivered.map(([id]) => id),
        ['next'],
      );
      t.match(broker.queues(), [{ name: 'q', ready: 0, held: 1 }]);
    });
  }
});

t.test('a second attempt goes on once, whichever of the two is heard first', async (t) => {
  for (const isInOrder of [true, false]) {
    await t.test(isInOrder ? 'in order' : 'the other way round', async (t) => {
      const { broker, tag } = await killed(t);
      const held: Held = [
        [tag, 'first', true],
        [tag + 1, 'first', true],
      ];
      const worker = await attend(broker, 's', held);
      const again: PackedOutcome = [
        tag,
        'first',
        result('first', 'RETRY'),
        task('first'),
        null,
        null,
        null,
        null,
      ];
      const last = ended(tag + 1, 'first', ['next']);
      for (const end of isInOrder ? [again, last] : [last, again]) await worker.report(end);
      t.same(worker.lost, []);
      t.same(
        worker.delivered.map(([id]) => id),
        ['next'],
      );
      t.equal(broker.results.get('first')?.[1], 'SUCCESS');
    });
  }
});

t.test('what has ended without a result, or whose result was forgotten, is known all the same', async (t) => {
  for (const how of ['ignored', 'forgotten']) {
    await t.test(how, async (t) => {
      const { broker, tag } = await killed(t);
      const worker = await attend(broker, 's', [[tag, 'first', true]]);
      const other = await attend(broker, 'other');
      await worker.report(ended(tag, 'first', ['next'], null));
      const [id = '', next = 0] = [...worker.delivered, ...other.delivered][0] ?? [];
      const holder = worker.delivered.length > 0 ? worker : other;
      await holder.report(ended(next, id, [], how === 'ignored' ? null : 'SUCCESS'));
      if (how === 'forgotten') await broker.forget([id]);
      t.equal(broker.results.get(id), undefined);
      // Its answer has not come to the worker.
      const once = await attend(broker, 's', [[tag, 'first', true]]);
      await once.report(ended(tag, 'first', ['next'], null));
      t.equal(once.delivered.length + worker.delivered.length + other.delivered.length, 1);
    });
  }
});

t.test('what its worker took with it before its message came fails, and so does what follows', async (t) => {
  const failed: string[] = [];
  const nothing = { followers: [], results: [], parts: [] };
  const aftermath = {
    afterFailure: ({ headers }: TaskMessage) => {
      failed.push(headers.id);
      return nothing;
    },
    afterChord: () => nothing,
  };
  const { broker, tag } = await killed(t, 'other', aftermath);
  await attend(broker, 'other', [[tag + 1, 'next', true]]);
  await broker.report({ session: 'other', window: 0, leave: true });
  t.equal(broker.results.get('next')?.[1], 'FAILURE');
  t.same(failed, []);
  const worker = await attend(broker, 's', [[tag, 'first', true]]);
  await worker.report(ended(tag, 'first', ['next']));
  t.same([failed, worker.delivered], [['next'], []]);
});

t.test('what the broker has not heard is said again in the order in which it happened', async (t) => {
  const heard: number[] = [];
  let isAway = true;
  let news: (news: WorkerNews) => void = () => {};
  const away = Object.assign(new Error('away'), { code: 'CONNECTION_LOST' });
  const waiting: (() => void)[] = [];
  const request: BrokerRequest = async ({ text }: { text: string }, data: unknown, options?: SendOptions) => {
    if (text === ATTEND.text) {
      news = options?.onProgress as typeof news;
      news({ attended: true });
      await new Promise((resolve) => options?.signal?.addEventListener('abort', resolve));
    } else if (text === REPORT.text && isAway) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      throw away;
    } else heard.push(...((data as { ended?: PackedOutcome[] }).ended ?? []).map(([tag]) => tag));
    return undefined;
  };
  const handlers = {
    deliver: () => {},
    revoke: () => {},
    control: () => null,
    eventsWanted: () => {},
    lost: () => {},
  };
  const consumer = new EmbeddedConsumer({ node: 'w@test', queues: ['q'], window: 9 }, handlers, request);
  t.teardown(() => consumer.close());
  await consumer.ready;
  for (const tag of [1, 2, 3]) {
    const nothing = { result: undefined, retry: undefined, followers: [], results: [], parts: [] };
    consumer.end({ tag, id: String(tag), deadLetter: undefined, ...nothing });
    await until(10_000, () => waiting.length >= tag);
  }
  isAway = false;
  for (const resolve of waiting) resolve();
  await until(10_000, () => {
    news({ attended: true });
    return heard.length === 3;
  });
  t.same(heard, [1, 2, 3]);
});
