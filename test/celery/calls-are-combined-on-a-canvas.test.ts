import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  chain,
  chord,
  chunks,
  GroupResult,
  group,
  signature,
  starmap,
  xmap,
} from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { Fail, Mul, Note, Sleep, Sum } from '../helpers/celery-tasks.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 30 };
const processes = await CeleryProcesses.start({}, '-c', '2');
const app = processes.app();
t.teardown(() => processes.end());

/** What a task of the tests says about its request. */
interface Echoed {
  args: unknown[];
  request: { id: string; rootId: string; parentId: string | null; group: string | null; groupIndex: number };
}
const Told = signature('tests.echo') as ReturnType<typeof signature<never, Echoed>>;

t.test('a chain hands each result to the next, and each step can be awaited', async (t) => {
  const result = await chain(Mul.s(2, 3), Mul.s(4), Mul.s(5)).delay();
  t.equal(await result.get(PATIENCE), 120);
  const second = result.parent;
  t.equal(await second?.get(PATIENCE), 24);
  t.equal(await second?.parent?.get(PATIENCE), 6);
  t.equal(second?.parent?.parent, undefined);
  const first = app.AsyncResult(String(second?.parent?.id));
  t.same(
    (await first.children()).map(({ id }) => id),
    [second?.id],
  );
  t.equal(await (await chain(Mul.s(4), chain(Mul.s(5), Mul.si(3, 3))).delay(7)).get(PATIENCE), 9);
  const told = await (await chain(Mul.s(2, 3), Told).delay()).get(PATIENCE);
  t.same(told.args, [6]);
  t.equal(told.request.parentId, told.request.rootId);
});

t.test('a group runs side by side, and its results are counted, iterated, saved and restored', async (t) => {
  const result = await group(Mul.s(1, 2), Mul.s(3, 4), Sleep.s(300)).delay();
  const [first, ...others] = await Promise.all([result.get(PATIENCE), result.waiting()]);
  t.same([first, others], [[2, 12, 'slept'], [true]]);
  t.ok((await result.ready()) && (await result.successful()) && !(await result.failed()));
  t.equal(await result.completedCount(), 3);
  await result.save();
  const other = processes.app();
  t.same(await (await other.GroupResult(result.id)).get(PATIENCE), [2, 12, 'slept']);
  await t.rejects(GroupResult.restore('nobody', other), { code: 'GROUP_UNKNOWN' });
  const ended: unknown[] = [];
  for await (const value of await group(Sleep.s(400), Mul.s(3, 4)).delay()) ended.push(value);
  t.same(ended, [12, 'slept']);
  t.same(await (await group([1, 2, 3].map((x) => Mul.s(x))).delay(10)).get(PATIENCE), [10, 20, 30]);
  const [member] = await (await group(Told, group(Told)).delay()).get(PATIENCE);
  t.match(member, { request: { groupIndex: 0 } });
});

t.test('a chord calls its body with all results, also within chains, groups and chords', async (t) => {
  const body = await (await chord([Mul.s(1, 2), Mul.s(3, 4)], Sum.s()).delay()).get(PATIENCE);
  t.equal(body, 14);
  const upgraded = chain(Mul.s(2, 3), group(Mul.s(2), Mul.s(3)), Sum.s(), Mul.s(10));
  const result = await upgraded.delay();
  t.equal(await result.get(PATIENCE), 300);
  const [sum] = [result.parent];
  t.equal(await sum?.get(PATIENCE), 30);
  t.same(await sum?.parent?.get(PATIENCE), [12, 18]);
  const listed = chain(Mul.s(2, 3), group(Mul.s(2), Mul.s(3)));
  t.same(await (await listed.delay()).get(PATIENCE), [12, 18]);
  const nested = chord([listed, chord([Mul.s(1, 1), Mul.s(2, 2)], Sum.s()), Mul.s(9, 9)], Told);
  t.same((await (await nested.delay()).get(PATIENCE)).args, [[[12, 18], 5, 81]]);
  t.equal(await (await chord([], Sum.s()).delay()).get(PATIENCE), 0);
  t.same((await (await chord([Mul.s(1, 2)], Told).delay()).get(PATIENCE)).args, [[2]]);
});

t.test('chunks, map and starmap spread arguments', async (t) => {
  const pairs: [number, number][] = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  t.same(await (await chunks(Mul, pairs, 2).delay()).get(PATIENCE), [[2, 12], [30]]);
  t.same(await (await starmap(Mul, pairs).delay()).get(PATIENCE), [2, 12, 30]);
  t.same(await (await xmap(Sum, pairs).delay()).get(PATIENCE), [3, 7, 11]);
});

t.test('callbacks follow a success, error callbacks a failure', async (t) => {
  const file = join(processes.directory, 'links');
  const noted = Note.si(file, 'linked', 0);
  await (await app.sendTask('tests.mul', [2, 3], {}, { link: noted })).get(PATIENCE);
  const failing = Fail.s('boo').onError(
    signature('tests.note', { args: [file, 'failed', 0] as never, immutable: true }),
  );
  await t.rejects((await failing.delay()).get(PATIENCE), { message: 'boo' });
  const row = chain(Mul.s(2, 3), Mul.s(2));
  row.link(Note.si(file, 'after all', 0));
  t.equal(await (await row.delay()).get(PATIENCE), 12);
  await until(10_000, () => (readFileSync(file, 'utf8').match(/^end/gm) ?? []).length === 3);
  for (const text of ['linked', 'failed', 'after all']) t.match(readFileSync(file, 'utf8'), `end ${text}`);
});

t.test('what waits for a task that failed, was revoked or was ignored fails with it', async (t) => {
  const failed = await chain(Fail.s('boo'), Mul.s(4), Mul.s(5)).delay();
  await t.rejects(failed.get(PATIENCE), { name: 'RangeError', message: 'boo' });
  const header = [Mul.s(1, 2), chain(Mul.s(1, 1), Fail.si('boo'), Mul.s(2))];
  const broken = await chord(header, chain(Sum.s(), Mul.s(3))).delay();
  await t.rejects(broken.get(PATIENCE), {
    code: 'CHORD_FAILED',
    message: /^Dependency \S+ raised RangeError\('boo'\)$/,
  });
  const later = await chain(Mul.s(2, 3).set({ countdown: 600 }), Mul.s(4)).delay();
  await later.parent?.revoke();
  await t.rejects(later.get(PATIENCE), { code: 'TASK_REVOKED' });
  const expired = await chord(
    [Mul.s(2, 3).set({ countdown: 600, expires: 0.05 }), Mul.s(1, 1)],
    Sum.s(),
  ).delay();
  await t.rejects(expired.get(PATIENCE), { code: 'CHORD_FAILED' });
  const lost = await chord(
    [signature('tests.suicide', { args: [join(processes.directory, 'x')] as never })],
    Sum.s(),
  ).delay();
  await t.rejects(lost.get(PATIENCE), { message: /WorkerLostError/ });
  const ignored = await chord([signature('tests.refuses', { args: ['ignore'] as never })], Sum.s()).delay();
  await t.rejects(ignored.get(PATIENCE), { code: 'CHORD_FAILED' });
  const group3 = await group(Mul.s(1, 2).set({ countdown: 600 }), Sleep.s(0)).delay();
  await group3.revoke();
  await t.rejects(group3.get(PATIENCE), { code: 'TASK_REVOKED' });
});
