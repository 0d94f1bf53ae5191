import { join } from 'node:path';
import t from 'tap';
import type { Frame } from '../../src/mesh/frame.js';
import { Inbox, type PostedPlace, placeOf } from '../../src/mesh/inbox.js';
import { Store } from '../../src/store/index.js';

const SENDERS = 3_000;

const place = (n: number, number: number): PostedPlace => {
  return { box: `sender/${n}`, number, after: number - 1, settled: 0 };
};

t.test('it forgets no outbox, and keeps few in memory', async (t) => {
  const path = join(t.testdir(), 'inbox.lmdb');
  let store = new Store(path);
  let inbox = new Inbox(store);
  for (let n = 0; n < SENDERS; n += 1) {
    t.equal(inbox.admit(place(n, 1)), 'handle');
    await store.transaction(() => {
      inbox.record(place(n, 1));
      inbox.record(place(n, 2));
    });
    inbox.trim();
    if (inbox.cached > 1024) t.fail(`${inbox.cached} in memory`);
  }
  const answers = () => {
    const all = Array.from({ length: SENDERS }, (_, n) => [2, 3, 4].map((one) => inbox.admit(bare(n, one))));
    return [...new Set(all.map((each) => each.join()))];
  };
  const bare = (n: number, number: number) => ({ ...place(n, number), settled: undefined });
  t.same(answers(), ['handled,handle,held']);
  await store.close();
  store = new Store(path);
  t.teardown(() => store.close());
  inbox = new Inbox(store);
  t.same(answers(), ['handled,handle,held'], 'also after a restart');

  await store.transaction(() => inbox.record(place(7, 1)));
  t.equal(inbox.admit(bare(7, 2)), 'handled', 'what is recorded late does not undo what came after');
});

t.test('its records are of a bounded size', async (t) => {
  const frame = (from: string) => ({ from, seq: 'box.1' }) as Frame;
  t.equal(placeOf(frame('a'.repeat(256))).number, 1);
  t.throws(() => placeOf(frame('ä'.repeat(129))), { code: 'BAD_FRAME', message: /more than 256 bytes/ });
});
