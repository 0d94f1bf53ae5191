// Tasks that a worker has sent back to the broker for a while: where they are then, and in which order they come again.
import t from 'tap';
import { LiveTask } from '../../src/celery/broker/embedded/live-task.js';
import type { WorkerNews } from '../../src/celery/broker/embedded/protocol.js';
import { ReadyQueue } from '../../src/celery/broker/embedded/ready-queue.js';
import type { MessageContext } from '../../src/mesh/index.js';
import { openTaskBroker } from '../helpers/task-broker.js';

/** A worker's connection, and what came by it. */
function connection() {
  const news: WorkerNews[] = [];
  const end = new AbortController();
  const context = { signal: end.signal, progress: (data: WorkerNews) => news.push(data) };
  return { news, context: context as unknown as MessageContext, end: () => end.abort() };
}

t.test('a worker that comes back with a task that it had sent back has it', async (t) => {
  const { broker, close } = openTaskBroker(t.testdir());
  t.teardown(close);
  const worker = { session: 's', node: 'w@test', pid: process.pid, startTime: '', host: '-' };
  const attend = (context: MessageContext, held: [number, string, boolean][]) =>
    broker.attend({ ...worker, queues: ['q'], window: 1, held }, context);
  const first = connection();
  const gone = attend(first.context, []);
  await broker.journal.written();
  await broker.publish('caller', false, [['id', 'q', 0, 0, 0, false, new Uint8Array([1])]]);
  const tag = first.news.flatMap(({ tasks = [] }) => tasks)[0]?.[0] ?? 0;
  t.ok(tag > 0);
  await broker.report({ session: 's', window: 1, later: [[tag, 3_600_000]] });
  t.match(broker.queues(), [{ name: 'q', ready: 1, held: 0 }]);
  first.end();
  await gone;
  const second = connection();
  const left = attend(second.context, [[tag, 'id', true]]);
  t.match(broker.queues(), [{ name: 'q', ready: 0, held: 1 }]);
  t.notOk(
    second.news.some(({ lost }) => lost),
    'it goes on there',
  );
  await broker.report({ session: 's', window: 1, ended: [[tag, 'id', null, null, null, null, null, null]] });
  t.match(broker.queues(), [{ name: 'q', ready: 0, held: 0 }]);
  second.end();
  await left;
});

t.test('what comes again is delivered before what was never delivered, after what was given back', (t) => {
  const queue = new ReadyQueue();
  const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(
    (tag) => new LiveTask(tag, String(tag), 'q', 0, 0, 0, false, 1),
  );
  if (!a || !b || !c || !d || !e) throw new Error('five tasks');
  queue.push(d);
  for (const task of [b, c]) queue.postpone(task);
  queue.push(e);
  for (const task of [b, c]) queue.resume(task);
  queue.pushFront(a);
  t.equal(queue.length, 5);
  queue.take(c);
  t.same(
    [1, 2, 3, 4, 5].map(() => queue.shift()?.tag),
    [1, 2, 4, 5, undefined],
  );
  t.end();
});
