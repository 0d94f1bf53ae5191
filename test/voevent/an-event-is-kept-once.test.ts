import { createHash } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { Store, type Table } from '../../src/store/index.js';
import { EventStore, eventId, parseVOEvent, type StoredEvent } from '../../src/voevent/index.js';
import { fixture, fixturesAnswered, smallEvent } from './fixtures.js';

const NAMES = fixturesAnswered('ack').sort();

function openStore(t: Test, path = join(t.testdir(), 'events.lmdb')) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const database = new Store(path);
  t.teardown(() => database.close());
  return { store: new EventStore(database, clock), database, clock, path };
}

function add(store: EventStore, bytes: Uint8Array, from = 'author') {
  return store.add(bytes, parseVOEvent(bytes), { from });
}

t.test('the same element is the same event, whatever stands around it', async (t) => {
  const event = smallEvent('<Description>é</Description>');
  const expected = createHash('sha256').update(event).digest('hex');
  const frames = [
    event,
    `\ufeff<?xml version="1.0"?>\n${event}\n\n`,
    `<?xml version="1.0"?><!-- <voe:VOEvent> -->${event}<!-- </voe:VOEvent> -->`,
    `<!----><!----><?a?><?b?>${event}<!----><!----><?a?><?b?><!---->`,
    `<?a > ?><!--<?b--> ${event} <?c <!-- ?><!-- > --><?d --> ?>`,
  ];
  for (const frame of frames) {
    t.equal(eventId(Buffer.from(frame)), expected, frame);
    t.equal(parseVOEvent(Buffer.from(frame)).description, 'é');
  }
  t.not(eventId(Buffer.from(event.replace('é', 'e'))), expected);
  t.not(eventId(Buffer.from(event.replace('><', '> <'))), expected, 'white space inside counts');
});

t.test('in UTF-16 too', async (t) => {
  const event = smallEvent('<Description>é</Description>');
  const bare = Buffer.from(event, 'utf16le');
  const expected = createHash('sha256').update(bare).digest('hex');
  t.equal(eventId(Buffer.from(`\ufeff<?xml version="1.0"?>${event} <!-- > -->`, 'utf16le')), expected);
  t.equal(eventId(bare), expected);
  const swapped = Buffer.from(`\ufeff${event}`, 'utf16le').swap16();
  t.equal(eventId(swapped), createHash('sha256').update(Buffer.from(bare).swap16()).digest('hex'));
});

t.test('what is no document gives an identity too, and ends', async (t) => {
  for (const text of ['', '>', '<', '?>', '<!-->-->', '<!--', ' <?x', '-->', '<!-->', 'garbage'])
    t.match(eventId(Buffer.from(text)), /^\w{64}$/);
});

t.test('an event comes back byte for byte, with who sent it and when', async (t) => {
  const { store, clock } = openStore(t);
  for (const name of NAMES) {
    t.ok((await add(store, new Uint8Array(fixture(name)), name)).fresh);
    await clock.advance(1000);
  }
  t.equal(store.count, NAMES.length);
  for (const [at, name] of NAMES.entries()) {
    const stored = store.get(eventId(fixture(name)));
    t.ok(fixture(name).equals(stored?.bytes ?? Buffer.alloc(0)), name);
    t.equal(stored?.from, name);
    t.equal(stored?.receivedMs, Date.UTC(2026, 0, 1) + at * 1000);
    t.equal(stored?.ivorn, parseVOEvent(fixture(name)).ivorn);
  }
  t.equal(store.get('unknown'), undefined);
  t.same(
    store.recent(2).map((event) => event.from),
    [NAMES.at(-1), NAMES.at(-2)],
  );
});

t.test('of many who bring it at once exactly one is told that it is fresh', async (t) => {
  const { store } = openStore(t);
  const one = fixture('swift-bat-grb-pos.xml');
  const other = Buffer.from(
    `<?xml version="1.0"?>\n<!-- another prolog -->${one.subarray(one.indexOf('<voe'))}`,
  );
  t.notSame(other, one);
  const copies = Array.from({ length: 40 }, (_, n) => (n % 2 ? one : other));
  const added = await Promise.all(copies.map((bytes, n) => add(store, bytes, `author ${n}`)));
  t.equal(added.filter(({ fresh }) => fresh).length, 1);
  t.equal(new Set(added.map(({ id }) => id)).size, 1);
  t.equal((await add(store, one)).fresh, false, 'nor later');
  t.equal(store.count, 1);
});

t.test('events of one name are told apart by their bytes', async (t) => {
  const { store } = openStore(t);
  const ivorns = ['ivo://pyros.test/room#1', `ivo://pyros.test/room#${'n'.repeat(900)}`];
  for (const ivorn of ivorns) {
    const versions = ['first', 'second'].map((text) =>
      smallEvent(`<Description>${text}</Description>`, ivorn),
    );
    for (const text of versions) t.ok((await add(store, Buffer.from(text))).fresh);
    const kept = store.byIvorn(ivorn).map((event) => Buffer.from(event.bytes).toString());
    t.same(kept, versions, 'in order of arrival');
  }
  t.same(store.byIvorn('ivo://pyros.test/room#2'), []);
});

t.test('what is kept with a fresh event is kept with it or not at all, across a restart', async (t) => {
  const { store, database, path } = openStore(t);
  const posted: Table<string, string> = database.table('posted');
  const [first = '', second = ''] = NAMES;
  const handOn = ({ id, ivorn }: StoredEvent) => posted.put(id, ivorn);
  const bytes = fixture(first);
  const { id } = await store.add(bytes, parseVOEvent(bytes), { from: 'author' }, handOn);
  await store.add(bytes, parseVOEvent(bytes), { from: 'again' }, () => t.fail('it is not fresh'));
  const refused = store.add(fixture(second), parseVOEvent(fixture(second)), { from: 'author' }, () => {
    throw new Error('no room');
  });
  await t.rejects(refused, /no room/);
  t.equal(store.count, 1, 'an event that cannot be handed on is not kept');
  await database.close();
  await t.rejects(add(store, fixture('gaia-alert.xml')), { code: 'STORE_CLOSED' });

  const again = openStore(t, path);
  t.equal(again.store.count, 1);
  t.equal(again.database.table<string, string>('posted').get(id), parseVOEvent(bytes).ivorn);
  t.equal((await add(again.store, bytes)).fresh, false);
  t.equal((await add(again.store, fixture(second))).fresh, true, 'it may be sent again');
});
