import t from 'tap';
import { Journal } from '../../src/celery/broker/embedded/journal.js';
import type { PackedTask, WorkerNews } from '../../src/celery/broker/embedded/protocol.js';
import type { MessageContext } from '../../src/mesh/index.js';
import type { Store, Table } from '../../src/store/index.js';
import { openTaskBroker } from '../helpers/task-broker.js';

/** A table in memory that notes what is done to it. */
function tableOf(done: string[]): Table<string, number> {
  const values = new Map<string, number>();
  const table = {
    get: (key: string) => values.get(key),
    put: (key: string, value: number) => {
      done.push(`put ${key} ${value}`);
      values.set(key, value);
    },
    remove: (key: string) => {
      done.push(`remove ${key}`);
      values.delete(key);
    },
  };
  return table as unknown as Table<string, number>;
}

/** A journal whose transactions fail when they are told to. */
function journalOf() {
  const disk = { full: false };
  const store = {
    transaction: async (change: () => void) => {
      if (disk.full) throw new Error('disk full');
      change();
    },
  };
  const done: string[] = [];
  return { disk, done, table: tableOf(done), journal: new Journal(store as unknown as Store) };
}

t.test('what was new and went before it was written leaves no trace', async (t) => {
  const { done, table, journal } = journalOf();
  journal.putNew(table, 'a', 1);
  journal.put(table, 'a', 2);
  journal.putNew(table, 'b', 1);
  t.equal(journal.get(table, 'a'), 2);
  journal.remove(table, 'a');
  t.equal(journal.get(table, 'a'), undefined);
  await journal.written();
  t.same(done, ['put b 1']);
});

t.test('what was written is removed from the disk, however often it came since', async (t) => {
  const { done, table, journal } = journalOf();
  journal.putNew(table, 'a', 1);
  const first = journal.written();
  await new Promise((resolve) => setImmediate(resolve));
  journal.remove(table, 'a');
  await first;
  await journal.written();
  journal.put(table, 'a', 2);
  journal.remove(table, 'a');
  await journal.written();
  t.same(done, ['put a 1', 'remove a', 'remove a']);
  t.equal(journal.get(table, 'a'), undefined);
});

t.test('what could not be written and went meanwhile does not come back', async (t) => {
  const { disk, table, journal } = journalOf();
  disk.full = true;
  journal.putNew(table, 'a', 1);
  journal.putNew(table, 'b', 1);
  const failed = journal.written();
  await t.rejects(failed, { message: 'disk full' });
  journal.remove(table, 'a');
  journal.putNew(table, 'c', 1);
  journal.remove(table, 'c');
  disk.full = false;
  await journal.close();
  t.same([table.get('a'), table.get('b'), table.get('c')], [undefined, 1, undefined]);
});

t.test('many who wait are not kept waiting for one who is in no hurry', async (t) => {
  const { done, table, journal } = journalOf();
  journal.put(table, 'a', 1);
  const waits = Array.from({ length: 65 }, () => journal.written(false));
  await Promise.race(waits);
  t.same(done, ['put a 1']);
  await Promise.all(waits);
});

t.test('what was published again, with more, and ended meanwhile does not begin anew', async (t) => {
  const folder = t.testdir();
  const first = openTaskBroker(folder);
  const ended: string[] = [];
  const report = (news: WorkerNews) => {
    for (const [tag, id] of news.tasks ?? []) {
      ended.push(id);
      const result: [string, string, string, Uint8Array] = [
        id,
        'SUCCESS',
        'application/json',
        Buffer.from('{}'),
      ];
      void first.broker.report({
        session: 's',
        window: 1,
        ended: [[tag, id, result, null, null, null, null, null]],
      });
    }
  };
  const task = (id: string, queue = 'q'): PackedTask => [id, queue, 0, 0, 0, false, new Uint8Array([1])];
  await first.broker.publish('caller', false, [task('known', 'other')]);
  const context = { signal: new AbortController().signal, progress: report };
  const worker = { session: 's', node: 'w@test', pid: process.pid, startTime: '', host: '-' };
  void first.broker.attend(
    { ...worker, queues: ['q'], window: 1, held: [] },
    context as unknown as MessageContext,
  );
  await first.broker.journal.written();
  await first.broker.publish('caller', true, [task('known', 'other'), task('new')]);
  t.same(ended, ['new']);
  await first.close();
  const second = openTaskBroker(folder);
  t.match(second.broker.status(), { tasks: 1 }, 'only the one that waits');
  t.ok(second.broker.results.isFinal('new'));
  await second.close();
});
