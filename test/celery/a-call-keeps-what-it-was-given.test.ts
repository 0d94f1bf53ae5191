import t, { type Test } from 'tap';
import {
  type Broker,
  Celery,
  chain,
  chord,
  group,
  type Outgoing,
  signature,
} from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { Mul, Noop, Particular, ParticularIgnored } from '../helpers/celery-tasks.js';

const PATIENCE = { timeout: 20 };
const HOUR_MS = 3_600_000;

interface Told {
  args: unknown[];
  request: Record<string, unknown> & {
    headers: Record<string, unknown>;
    deliveryInfo: { priority: number; routingKey: string };
  };
}

t.test('a class that was only imported says how it is called', async (t) => {
  const processes = await CeleryProcesses.prepare();
  t.teardown(() => processes.end());
  const sent: Outgoing[] = [];
  const broker = { replyTo: 'me', publish: async (one: Outgoing) => void sent.push(one), close: () => {} };
  const app = new Celery('test', { config: processes.config, broker: broker as unknown as Broker });
  t.teardown(() => app.close());
  app.setCurrent();

  const check = (t: Test, own: Partial<Outgoing> = {}) => {
    const one = sent.pop() as Outgoing;
    t.match(one, { queue: 'particular_q', priority: 6, ...own });
    t.equal(one.message.properties.content_type, 'application/x-msgpack');
    t.ok(Math.abs((one.expiresMs ?? 0) - Date.now() - HOUR_MS) < 60_000);
    return one;
  };
  const ways = {
    delay: () => Particular.delay(1),
    applyAsync: () => Particular.applyAsync([1]),
    'applyAsync of an instance': () => new Particular().applyAsync([1]),
    's().delay': () => Particular.s(1).delay(),
    signature: () => signature(Particular, { args: [1] }).applyAsync(),
    group: () => group(Particular.s(1)).delay(),
    'chain of one more': () => chain(Particular.s(1), Mul.s(2)).delay(),
    'a signature that was read': () => signature(JSON.parse(JSON.stringify(Particular.s(1)))).delay(),
  };
  for (const [name, call] of Object.entries(ways))
    await t.test(name, async (t) => {
      await call();
      check(t);
    });
  await Particular.applyAsync([1], {}, { priority: 2 });
  check(t, { priority: 2 });
  await Particular.s(1).applyAsync([], {}, { priority: 3 });
  check(t, { priority: 3 });
  await ParticularIgnored.delay(1);
  t.equal(sent.pop()?.ignoreResult, true);
  t.notOk(app.tasks.has('tests.particular'), 'nothing was registered for it');
});

t.test('the broker and a worker call it so too', async (t) => {
  const queues = ['-c', '1', '-Q', 'celery,particular_q'];
  const processes = await CeleryProcesses.start({}, ...queues);
  t.teardown(() => processes.end());
  processes.app().setCurrent();
  const route = (told: unknown) => (told as Told).request.deliveryInfo;
  const body = await chord([Noop.s(), Noop.s()], Particular.s()).delay();
  t.match(route(await body.get(PATIENCE)), { routingKey: 'particular_q', priority: 6 });
  const step = await chain(Noop.s(), Particular.s()).delay();
  t.match(route(await step.get(PATIENCE)), { routingKey: 'particular_q', priority: 6 });
  const { request } = (await (await Particular.delay('x')).get(PATIENCE)) as Told;
  t.match(request.deliveryInfo, { routingKey: 'particular_q', priority: 6 });
  const late = await ParticularIgnored.applyAsync([20_000], {}, { ignoreResult: false });
  await t.rejects(late.get(PATIENCE), { code: 'TIME_LIMIT_EXCEEDED' });
});

t.test('a retry keeps all that the call was given', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1', '-Q', 'celery,particular_q,slow_q');
  t.teardown(() => processes.end());
  const app = processes.app();
  app.setCurrent();
  const given = {
    queue: 'slow_q',
    priority: 4,
    expires: 3_600,
    serializer: 'msgpack',
    shadow: 'my name',
    headers: { night: 'first', list: [1, 2] },
    timeLimit: 40,
    softTimeLimit: 30,
  };
  const call = await app.sendTask('tests.tells_retry', [new Uint8Array([7])], {}, given);
  const { args, request } = (await call.get(PATIENCE)) as Told;
  t.match(request, {
    id: call.id,
    retries: 1,
    rootId: call.id,
    parentId: null,
    timelimit: [40, 30],
    deliveryInfo: { routingKey: 'slow_q', priority: 4 },
    headers: { shadow: 'my name', night: 'first', list: [1, 2], ignore_result: false },
  });
  t.ok(Math.abs(Date.parse(String(request['expires'])) - Date.now() - HOUR_MS) < 60_000);
  t.same(Object.values(args[0] as object), [7], 'bytes, which JSON does not have');

  const row = chain(
    chord([signature('tests.tells_retry'), signature('tests.tells_retry')], signature('tests.tells_retry')),
    signature('tests.tells_retry'),
  );
  const { args: last } = (await (await row.delay()).get(PATIENCE)) as Told;
  const [body] = last as [Told];
  const members = body.args[0] as Told[];
  t.same(
    members.map(({ request: one }) => [one['groupIndex'], one['group'], one['retries']]),
    [0, 1].map((index) => [index, members[0]?.request['group'], 1]),
  );
  t.ok(members[0]?.request['group']);

  const linked = await app.sendTask(
    'tests.tells_retry',
    [],
    {},
    {
      link: signature('tests.echo', { options: { taskId: 'the-link' } }),
    },
  );
  await linked.get(PATIENCE);
  t.match(await app.AsyncResult('the-link').get(PATIENCE), { request: { parentId: linked.id } });
  const failing = await app.sendTask(
    'tests.bad_retry',
    [],
    {},
    {
      linkError: signature('tests.echo', { options: { taskId: 'the-errback' } }),
    },
  );
  await t.rejects(failing.get(PATIENCE), { message: /no such name!/ });
  t.match(await app.AsyncResult('the-errback').get(PATIENCE), { args: [failing.id] });
});
