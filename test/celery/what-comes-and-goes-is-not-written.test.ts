import t from 'tap';
import { Journal } from '../../src/celery/broker/embedded/journal.js';
import type { Store, Table } from '../../src/store/index.js';

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
