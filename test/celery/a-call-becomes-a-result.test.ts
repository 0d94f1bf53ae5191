import t from 'tap';
import {
  AsyncResult,
  CeleryError,
  MaxRetriesExceededError,
  RemoteError,
  states,
  TimeoutError,
} from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };

t.test('calls, and what becomes of them', async (t) => {
  const processes = await CeleryProcesses.start(
    { celery: ['CELERY_ACCEPT_CONTENT = json, msgpack'], routes: ['tests.m* = maths_q'] },
    '-Q',
    'celery,maths_q',
    '-c',
    '2',
  );
  t.teardown(() => processes.end());
  const app = processes.app();

  t.test('a result comes back, and is read from any process by id', async (t) => {
    const result = await app.sendTask('tests.mul', [4, 5]);
    t.equal(await result.get(PATIENCE), 20);
    const other = processes.app();
    const again = new AsyncResult(result.id, other);
    t.equal(await again.get(PATIENCE), 20);
    t.equal(await again.state(), states.SUCCESS);
    t.ok((await again.ready()) && (await again.successful()));
    await again.forget();
    t.equal(await other.AsyncResult(result.id).state(), states.PENDING);
  });

  t.test('the task knows its call', async (t) => {
    const call = {
      priority: 7,
      headers: { night: '2026-11-24' },
      taskId: 'my-own-id',
      serializer: 'msgpack',
    };
    const result = await app.sendTask('tests.echo', ['a', new Date(0)], { named: true }, call);
    const { args, request } = (await result.get(PATIENCE)) as Record<string, Record<string, unknown>>;
    t.equal(result.id, 'my-own-id');
    t.match(args, ['a', '1970-01-01T00:00:00.000Z', { named: true }]);
    t.match(request, {
      id: 'my-own-id',
      task: 'tests.echo',
      retries: 0,
      hostname: 'worker@test',
      rootId: 'my-own-id',
      parentId: null,
      deliveryInfo: { routingKey: 'celery', priority: 7, redelivered: false },
      headers: { night: '2026-11-24', lang: 'js', argsrepr: /^\['a'/ },
    });
  });

  t.test('a route sends a task to its queue', async (t) => {
    t.equal(app.prepare('tests.mul', [], {}, {}).queue, 'maths_q');
    t.equal(app.prepare('tests.noop', [], {}, {}).queue, 'celery');
    t.equal(app.prepare('tests.mul', [], {}, { queue: 'other_q' }).queue, 'other_q');
  });

  t.test('an error of a task is the error of get, with where it was thrown', async (t) => {
    const result = await app.sendTask('tests.fail', ['bad seeing']);
    const error = (await result.get(PATIENCE).catch((one) => one)) as RemoteError;
    t.ok(error instanceof RemoteError);
    t.match(error, { excType: 'RangeError', message: 'bad seeing', code: 'TASK_FAILED' });
    t.match(await result.traceback(), /celery-tasks/);
    t.match(await result.get({ ...PATIENCE, propagate: false }), { message: 'bad seeing' });
    t.equal(await result.state(), states.FAILURE);
  });

  t.test('a name that nobody has registered fails, and is set aside', async (t) => {
    await t.rejects((await app.sendTask('tests.nobody')).get(PATIENCE), { code: 'TASK_NOT_REGISTERED' });
  });

  t.test('content that is not accepted is refused, and stops nothing', async (t) => {
    const outgoing = app.prepare('tests.noop', [], {}, {});
    outgoing.message.properties.content_type = 'application/x-yaml';
    await app.broker.publish(outgoing, true);
    await t.rejects(app.AsyncResult(outgoing.id).get(PATIENCE), { code: 'CONTENT_DISALLOWED' });
    t.equal(await (await app.sendTask('tests.mul', [2, 3])).get(PATIENCE), 6);
  });

  t.test('arguments that cannot be written are refused at the call', async (t) => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await t.rejects(app.sendTask('tests.noop', [circle]), { code: 'ENCODE_ERROR' });
    await t.rejects(app.sendTask('tests.noop', [], {}, { queue: 'no queue' }), { code: 'INVALID_TASK' });
    await t.rejects(app.sendTask('tests.noop', [], {}, { priority: 10 }), CeleryError);
  });

  t.test('a task is tried again, by itself and by hand, as often as it may', async (t) => {
    t.equal(await (await app.sendTask('tests.flaky', [2])).get(PATIENCE), 2);
    await t.rejects((await app.sendTask('tests.flaky', [9])).get(PATIENCE), { message: 'failure 3' });
    t.equal(await (await app.sendTask('tests.retry_by_hand', [1])).get(PATIENCE), 1);
    await t.rejects((await app.sendTask('tests.retry_by_hand', [9])).get(PATIENCE), { message: 'not yet' });
    t.ok(MaxRetriesExceededError);
  });

  t.test('many large results come, also when nobody reads them for a while', async (t) => {
    const large = 'x'.repeat(200_000);
    const calls = await Promise.all([...Array(60).keys()].map((n) => app.sendTask('tests.echo', [n, large])));
    const busyUntilMs = performance.now() + 500;
    while (performance.now() < busyUntilMs);
    const results = await Promise.all(calls.map((one) => one.get(PATIENCE)));
    t.same(
      results.map((one) => (one as { args: unknown[] }).args[0]),
      [...Array(60).keys()],
    );
  });

  t.test('progress is seen while the task runs', async (t) => {
    const result = await app.sendTask('tests.progress', [1500]);
    await until(10_000, async () => (await result.state()) === 'PROGRESS');
    t.same(await result.info(), { done: 1, of: 2 });
    await t.rejects(result.get({ timeout: 0.01 }), TimeoutError);
    t.equal(await result.get(PATIENCE), 'done');
  });

  t.test('what a task ignores or rejects changes no state', async (t) => {
    const ignored = await app.sendTask('tests.refuses', ['ignore']);
    const rejected = await app.sendTask('tests.refuses', ['reject']);
    await until(10_000, async () =>
      (await app.broker.queues()).every(({ held, ready }) => held + ready === 0),
    );
    t.same([await ignored.state(), await rejected.state()], ['PENDING', 'PENDING']);
  });

  t.test('links follow with the result, or with the id of what failed', async (t) => {
    const link = {
      task: 'tests.mul',
      args: [10],
      kwargs: {},
      options: { task_id: 'linked' },
      subtask_type: null,
      immutable: false,
    };
    const parent = await app.sendTask('tests.mul', [3, 4], {}, { link });
    t.equal(await app.AsyncResult('linked').get(PATIENCE), 120);
    t.same(
      (await parent.children()).map(({ id }) => id),
      ['linked'],
    );
    const linkError = { ...link, task: 'tests.echo', args: [], options: { task_id: 'errback' } };
    const failing = await app.sendTask('tests.fail', ['x'], {}, { linkError });
    t.match(await app.AsyncResult('errback').get(PATIENCE), {
      args: [failing.id],
      request: { parentId: failing.id, rootId: failing.id },
    });
  });

  t.test('the higher priority is first', async (t) => {
    const order: number[] = [];
    await app.control.cancelConsumer('celery');
    const calls = await Promise.all(
      [1, 5, 9, 0, 9].map((priority) => app.sendTask('tests.noop', [], {}, { priority, queue: 'ranked_q' })),
    );
    const ranks = [1, 5, 9, 0, 9];
    const done = Promise.all(
      calls.map(async (one, index) => {
        await one.get(PATIENCE);
        order.push(ranks[index] ?? -1);
      }),
    );
    await processes.startWorker('ranked', '-Q', 'ranked_q', '-c', '1');
    await done;
    t.same(order, [9, 9, 5, 1, 0]);
  });
});
