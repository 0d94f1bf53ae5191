import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { Store, type Table } from '../../src/store/index.js';
import { EventStore, parseVOEvent, type StoredEvent } from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { aBroker, numbered } from './brokers.js';
import { smallEvent } from './fixtures.js';

function openStore(t: Test, directory: string) {
  const database = new Store(join(directory, 'events.lmdb'));
  t.teardown(() => database.close());
  const posted: Table<number, string> = database.table('posted');
  const events = new EventStore(database, new ManualClock());
  const told: number[] = [];
  const handOn = ({ arrival, ivorn }: StoredEvent) => {
    told.push(arrival);
    posted.put(arrival, ivorn);
  };
  const add = (text: string) => {
    const bytes = Buffer.from(text);
    return events.add(bytes, parseVOEvent(bytes), { from: 'author' }, handOn);
  };
  return { database, events, posted, told, handOn, add };
}

function arrivalsOf(events: Iterable<StoredEvent>): number[] {
  return Array.from(events, ({ arrival }) => arrival);
}

t.test('what a crash has left in the log is there, is recognised, and is handed on once', async (t) => {
  const directory = t.testdir({ before: {}, copy: {} });
  const copy = join(directory, 'copy');
  const copyOf = (name: string) => copyFileSync(join(directory, 'before', name), join(copy, name));
  const before = openStore(t, join(directory, 'before'));
  await before.events.open(before.handOn);
  await before.add(numbered(1));
  await until(10_000, () => before.posted.has(1));
  // As if the process had been killed when the others were in the log and not yet in the database.
  copyOf('events.lmdb');
  const added = await Promise.all(Array.from({ length: 20 }, (_, n) => before.add(numbered(n + 2))));
  t.same(
    added.map(({ arrival }) => arrival),
    Array.from({ length: 20 }, (_, n) => n + 2),
  );
  for (const n of [1, 2]) copyOf(`events.lmdb.events-${n}.log`);
  await before.events.close();

  const reader = openStore(t, copy);
  t.equal(reader.events.count, 21, 'they are found without being written');
  t.equal(reader.events.last, 21);
  t.same(arrivalsOf(reader.events.after(0, 3)), [1, 2, 3]);
  t.same(arrivalsOf(reader.events.after(19, 9)), [20, 21]);
  t.same(arrivalsOf(reader.events.find({ limit: 2 }).events), [21, 20]);
  t.same(arrivalsOf(reader.events.find({ limit: 99, before: 3 }).events), [2, 1]);
  t.equal(Buffer.from(reader.events.at(7)?.bytes ?? []).toString(), numbered(7));
  t.same(arrivalsOf(reader.events.byIvorn(reader.events.at(7)?.ivorn ?? '')), [7]);
  t.ok(reader.events.hasSeen(reader.events.at(21)?.id ?? ''));
  const length = Array.from({ length: 21 }, (_, n) => numbered(n + 1).length).reduce((a, b) => a + b);
  t.equal(reader.events.bytes, length);
  await reader.database.close();

  for (const expected of [Array.from({ length: 20 }, (_, n) => n + 2), []]) {
    const after = openStore(t, copy);
    await after.events.open(after.handOn);
    t.same(after.told, expected, 'each is handed on, and once');
    t.equal(after.events.count, 21);
    t.equal((await after.add(numbered(9))).fresh, false, 'and recognised');
    await after.events.close();
    await after.database.close();
  }
});

t.test('of many events none is lost, doubled or out of order', async (t) => {
  const { events, told, add } = openStore(t, t.testdir());
  await events.open();
  // More than the log holds, and some that are too large for it.
  const padding = [2_000, 20_000, 200_000];
  const text = (n: number) =>
    smallEvent(`<Description>${'x'.repeat(padding[n % 3] ?? 0)}</Description>`, `ivo://pyros.test/room#${n}`);
  const order: number[] = [];
  const all = Array.from({ length: 300 }, async (_, n) => {
    const { arrival } = await add(text(n));
    order.push(arrival);
    if (n % 10 === 0) t.equal((await add(text(n))).fresh, false);
  });
  await Promise.all(all);
  const expected = Array.from({ length: 300 }, (_, n) => n + 1);
  t.same(order, expected, 'they are acknowledged in the order of arrival');
  t.equal(events.count, 300);
  await events.close();
  t.same(told, expected);
  t.same(arrivalsOf(events.after(0, 1_000)), expected);
  t.equal(events.at(300)?.ivorn, 'ivo://pyros.test/room#299');
  t.equal(
    events.bytes,
    expected.map((n) => text(n - 1).length).reduce((a, b) => a + b),
  );
});

t.test('an event that is acknowledged stays, also when nobody can be told of it', async (t) => {
  const { events } = openStore(t, t.testdir());
  await events.open();
  const bytes = Buffer.from(numbered(1));
  const added = await events.add(bytes, parseVOEvent(bytes), { from: 'author' }, () => {
    throw new Error('no room');
  });
  t.ok(added.fresh);
  await events.close();
  t.equal(events.count, 1);
  const handOn = () => {
    throw new Error('no room');
  };
  const saveDirectory = join(t.testdir(), 'saved');
  const { broker, send, log } = await aBroker(t, { saveDirectory }, { onFresh: handOn });
  t.ok((await send(numbered(1))).accepted);
  await log.line(/^warn .*stored, but could not be handed on; pyros vo replay/);
  t.match(broker.report(), { stored: { untold: 1, lastUntold: 'ivo://pyros.test/room#1: no room' } });
  await until(10_000, () => existsSync(saveDirectory) && readdirSync(saveDirectory).length === 1);
});

t.test('a closed store takes nothing, and forgets nothing that it has taken', async (t) => {
  const directory = t.testdir();
  const { database, events, add } = openStore(t, directory);
  await events.open();
  await Promise.all([add(numbered(1)), add(numbered(2))]);
  await database.close();
  await t.rejects(
    add(numbered(3)).then(() => add(numbered(4))),
    { code: 'STORE_CLOSED' },
  );
  await events.close();
  const again = openStore(t, directory);
  t.ok(again.events.count >= 2);
  await again.events.open(again.handOn);
  t.ok(again.posted.has(1) && again.posted.has(2));
});
