import t from 'tap';
import { Event, Lock, RLock } from '../../src/threading/index.js';
import { revive } from '../../src/threading/revive.js';
import { Echo } from './threads.js';

const passed = <T>(value: T): T => revive(structuredClone(value));

t.test('each comes back as its class, over the same memory', async (t) => {
  const [event, lock, rlock] = passed([new Event(), new Lock(), new RLock()] as const);
  t.ok(event instanceof Event && lock instanceof Lock && rlock instanceof RLock);
  const original = new Event();
  const copy = passed(original);
  copy.set();
  t.equal(original.isSet(), true);
});

t.test('in maps, sets and circles, and with its identity', async (t) => {
  const event = new Event();
  const value = { map: new Map([['stop', event]]), set: new Set(['a', event, 'b']), self: {} as unknown };
  value.self = value;
  const copy = passed(value);
  const found = copy.map.get('stop');
  t.ok(found instanceof Event);
  t.same([...copy.set], ['a', found, 'b']);
  t.equal([...copy.set][1], found);
  t.equal(copy.self, copy);
});

t.test('what only looks like one is left alone', async (t) => {
  const values = [
    { sharedKind: 'Event' },
    { sharedKind: 'Event', cells: [1] },
    { sharedKind: 'toString', cells: new Int32Array(1) },
    new Float64Array(3),
    null,
    'Event',
  ];
  t.same(passed(values), values);
});

t.test('nesting of any depth is no harm', async (t) => {
  let nested: unknown = new Event();
  for (let n = 0; n < 100_000; n += 1) nested = [nested];
  let inner = revive(nested);
  while (Array.isArray(inner)) inner = inner[0];
  t.ok(inner instanceof Event);
});

t.test('they travel back in a result', async (t) => {
  const event = new Event();
  const thread = new Echo({ args: [event] }).start();
  await thread.join();
  const back = thread.result?.[0];
  t.ok(back instanceof Event);
  event.set();
  t.equal(back instanceof Event && back.isSet(), true);
});
