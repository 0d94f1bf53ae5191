import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { chain, chord, group } from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { Note, NoteCount, NoteLate } from '../helpers/celery-tasks.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 40 };
const EACH = 6;
const SIZE = 6;

/** How often each task has begun. */
function starts(file: string): Map<string, number> {
  const found = new Map<string, number>();
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return found;
  }
  for (const [, name = ''] of text.matchAll(/^start (\S+)/gm)) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

/** Chains, groups and chords, all under way at once. */
async function begin(file: string, Kind: typeof Note) {
  const row = (name: string) =>
    Array.from({ length: SIZE }, (_, step) => Kind.si(file, `${name}-${step}`, 2));
  const ends: Promise<unknown>[] = [];
  const expected: unknown[] = [];
  for (let index = 0; index < EACH; index += 1) {
    const chained = await chain(...row(`chain${index}`), Kind.si(file, `end${index}`, 0)).delay();
    const grouped = await group(row(`group${index}`)).delay();
    const body = NoteCount.s(file, `body${index}`);
    const counted = await chord(row(`chord${index}`), body).delay();
    ends.push(chained.get(PATIENCE), grouped.get(PATIENCE), counted.get(PATIENCE));
    const names = row(`group${index}`).map(({ args }) => args[1]);
    expected.push(`end${index}`, names, `body${index}:${SIZE}`);
  }
  return { ends: Promise.allSettled(ends), expected };
}

async function killed(
  t: Test,
  Kind: typeof Note,
  kill: (processes: CeleryProcesses, file: string) => Promise<void>,
) {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  processes.app().setCurrent();
  const file = join(processes.directory, 'notes');
  const { ends, expected } = await begin(file, Kind);
  // Once early, once among the last.
  for (const share of [0.3, 0.8]) {
    await until(30_000, () => starts(file).size > share * EACH * (3 * SIZE + 2));
    await kill(processes, file);
  }
  const settled = await ends;
  const again = [...starts(file).values()].filter((count) => count > 1).length;
  return { settled, expected, again };
}

const killWorker = async (processes: CeleryProcesses) => {
  await processes.kill('worker');
  await processes.startWorker('worker', '-c', '1');
};

const killChild = async (_: CeleryProcesses, file: string) => {
  const pids = [...readFileSync(file, 'utf8').matchAll(/^start \S+ \d+ (\d+)$/gm)].map(([, pid]) =>
    Number(pid),
  );
  try {
    process.kill(pids.at(-1) ?? 0, 'SIGKILL');
  } catch {
    // It was replaced since.
  }
};

const killBroker = async (processes: CeleryProcesses) => {
  await processes.kill('task_broker');
  await processes.startBroker();
};

for (const [who, kill] of Object.entries({ worker: killWorker, child: killChild, broker: killBroker })) {
  t.test(`acks late: ${who} killed: every chain, group and chord ends with its result`, async (t) => {
    const { settled, expected, again } = await killed(t, NoteLate, kill);
    t.same(
      settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason)),
      expected,
    );
    // A worker that lives tells a new broker what it runs.
    t.ok(again <= (who === 'broker' ? 0 : 8), `${again} began again`);
  });
}

t.test('acks early: broker killed: every task begins once, and all ends with its result', async (t) => {
  const { settled, expected, again } = await killed(t, Note, killBroker);
  t.same(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason)),
    expected,
  );
  t.equal(again, 0);
});

t.test(
  'acks early: worker killed: what waited for the task that was lost fails, nothing waits for ever',
  async (t) => {
    const { settled, again } = await killed(t, Note, killWorker);
    const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    t.ok(reasons.length <= 8, `${reasons.length} failed`);
    t.ok(
      reasons.every((text) => text.includes('lost')),
      reasons[0] ?? '',
    );
    t.equal(again, 0);
  },
);
