import t from 'tap';
import { chain, chord, group, Signature, signature } from '../../src/celery/index.js';
import { RealClock } from '../../src/clock/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { Mul, Sum } from '../helpers/celery-tasks.js';
import { openTaskBroker } from '../helpers/task-broker.js';

const plain = (task: string, args: unknown[] = [], more = {}) => ({
  task,
  args,
  kwargs: {},
  options: {},
  subtask_type: null,
  immutable: false,
  ...more,
});
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

t.test('signatures are dictionaries as Celery writes them, and are read from them', async (t) => {
  t.same(json(Mul.s(4, 5)), plain('tests.mul', [4, 5]));
  t.same(json(Mul.si(4, 5)), plain('tests.mul', [4, 5], { immutable: true }));
  const eta = new Date('2030-01-02T03:04:05Z');
  const full = signature('my.task', { kwargs: { a: 1 }, options: { queue: 'q', softTimeLimit: 3, eta } });
  full.link(Mul.s(2));
  t.same(
    json(full),
    plain('my.task', [], {
      kwargs: { a: 1 },
      options: {
        queue: 'q',
        soft_time_limit: 3,
        eta: '2030-01-02T03:04:05.000Z',
        link: [plain('tests.mul', [2])],
      },
    }),
  );
  const tasks = [plain('tests.mul', [2]), plain('tests.mul', [3])];
  const members = group(Mul.s(2), Mul.s(3));
  const composite = { kwargs: { tasks }, subtask_type: 'group' };
  t.same(json(members), plain('celery.group', [], composite));
  t.same(json(chain(Mul.s(2), Mul.s(3))).subtask_type, 'chain');
  t.same(
    json(chord(members, Sum.s())),
    plain('celery.chord', [], {
      kwargs: { kwargs: {}, header: json(members), body: plain('tests.sum') },
      subtask_type: 'chord',
    }),
  );
  t.same(json(signature(json(full))), json(full));
  t.same(json(full.clone([9], { b: 2 }, { countdown: 1 })).args, [9]);
  t.notOk(full.options['countdown']);
  t.throws(() => members.link(Mul.s(1)), { code: 'INVALID_TASK' });
});

t.test('freezing gives each call its id, and makes a group that is followed a chord', async (t) => {
  const processes = await CeleryProcesses.prepare();
  t.teardown(() => processes.end());
  processes.app().setCurrent();
  const row = chain(Mul.s(1, 2), chain(group(Mul.s(2), group(Mul.s(3))), Sum.s()), Mul.s(4));
  const result = row.freeze('the-last');
  t.equal(result.id, 'the-last');
  t.equal(row.id, 'the-last');
  const [first, second, ...none] = row.tasks;
  t.same(none, []);
  t.match(first, { task: 'tests.mul', options: { task_id: /^[\da-f-]{36}$/ } });
  const { header, body } = (second ?? row).kwargs as Record<'header' | 'body', Signature>;
  const groupId = header.options['task_id'];
  const headers = header.kwargs['tasks'] as Signature[];
  t.match(
    headers,
    [0, 1].map((group_index) => ({ options: { group_id: groupId, group_index } })),
  );
  t.match(body.kwargs['tasks'], [{ task: 'tests.sum' }, { options: { task_id: 'the-last' } }]);
  t.equal(result.parent?.parent?.id, groupId);
  const before = json(row);
  row.freeze();
  t.same(json(row), before, 'once');
  const unreadable = new Signature(plain('tests.mul', [], { options: { priority: 'high' } }));
  await t.rejects(unreadable.delay(), { code: 'INVALID_TASK', message: /option priority/ });
});

t.test('a follow-up that had begun before it was on disk begins once', async (t) => {
  const { broker, close } = openTaskBroker(t.testdir(), new RealClock());
  const told = new Map<string, Record<string, unknown>[]>();
  const stop = new AbortController();
  const attend = (session: string, held: [number, string, boolean][], window: number) => {
    const news: Record<string, unknown>[] = [];
    told.set(session, news);
    const context = { signal: stop.signal, progress: (one: Record<string, unknown>) => news.push(one) };
    const worker = { session, node: session, pid: 1, startTime: '', host: 'elsewhere', queues: ['q'] };
    void broker.attend({ ...worker, window, held }, context as never);
  };
  const packed = (id: string) => [id, 'q', 0, 0, 0, false, new Uint8Array([1])] as never;
  const done = (id: string) => [id, 'SUCCESS', 'application/json', new Uint8Array([1])];
  await broker.publish('caller', false, [packed('first')]);
  attend('a', [], 1);
  await broker.journal.written();
  await new Promise((resolve) => setImmediate(resolve));
  const [[tag]] = (told.get('a') ?? []).flatMap(({ tasks }) => tasks ?? []) as [[number]];
  const ended = [tag, 'first', done('first'), null, [packed('second')], null, null, null] as never;
  // The second worker had got the follow-up of a broker that was killed, by another tag.
  const report = { session: 'a', window: 0 };
  await broker.report({ ...report, ended: [ended] });
  attend('b', [[77, 'second', true]], 0);
  await broker.journal.written();
  await new Promise((resolve) => setImmediate(resolve));
  t.notMatch(told.get('b'), [{ lost: [77] }]);
  await broker.report({ session: 'a', window: 5 });
  t.equal(told.get('a')?.filter(({ tasks }) => tasks).length, 1, 'nobody else gets it');
  const end = [77, 'second', done('second'), null, null, null, null, null] as never;
  await broker.report({ session: 'b', window: 1, ended: [end] });
  t.equal(broker.results.get('second')?.[1], 'SUCCESS');
  t.equal(broker.status()['tasks'], 0);
  stop.abort();
  await close();
});
