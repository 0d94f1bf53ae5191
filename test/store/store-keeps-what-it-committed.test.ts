import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { packageRoot } from '../../src/config/index.js';
import { Store } from '../../src/store/index.js';

t.test('a transaction that throws leaves nothing behind, its neighbours stay', async (t) => {
  const store = new Store(join(t.testdir(), 'deep', 'test.lmdb'));
  t.teardown(() => store.close());
  const table = store.table<string, { n: number }>('things');
  const results = await Promise.allSettled([
    store.transaction(() => table.put('a', { n: 1 })),
    store.transaction(() => {
      table.put('b', { n: 2 });
      throw new Error('no');
    }),
    store.transaction(() => table.put('c', { n: 3 })),
  ]);
  t.same(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.same(
    [...table.entries()].map((entry) => entry.key),
    ['a', 'c'],
  );
  t.same(table.get('a'), { n: 1 });
  t.equal(table.has('b'), false);
  t.equal(table.count, 2);
});

t.test('what was committed is there after it is opened again', async (t) => {
  const path = join(t.testdir(), 'test.lmdb');
  const first = new Store(path);
  const written = first.table<[string, number], string>('log');
  await first.transaction(() => {
    for (let n = 0; n < 5; n += 1) written.put(['x', n], `line ${n}`);
  });
  await first.close();
  await t.rejects(
    first.transaction(() => 1),
    { code: 'STORE_CLOSED' },
  );
  const second = new Store(path);
  t.teardown(() => second.close());
  const range = second.table<[string, number], string>('log').entries({ start: ['x', 1], end: ['x', 3] });
  t.same(
    [...range].map((entry) => entry.value),
    ['line 1', 'line 2'],
  );
});

t.test('a path that cannot be opened is an error that names it', async (t) => {
  t.throws(() => new Store(join(t.testdir({ file: '' }), 'file', 'store')), {
    code: 'STORE_OPEN_FAILED',
    message: /file\/store/,
  });
});

t.test(
  'what waits for transactions runs in the order of their changes, however they are flushed',
  async (t) => {
    const store = new Store(join(t.testdir(), 'test.lmdb'));
    t.teardown(() => store.close());
    const table = store.table<number, string>('things');
    let changed = 0;
    const told: number[] = [];
    const writer = async (pauses: number) => {
      for (let n = 0; n < 400; n += 1) {
        await store
          .transaction(() => {
            changed += 1;
            const number = changed;
            table.put(number, 'x'.repeat(4_000));
            store.afterCommit(() => told.push(number));
            if (number % 7 === 0) throw new Error('given up');
          })
          .catch(() => undefined);
        for (let pause = 0; pause < pauses; pause += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([0, 1, 2, 3, 5, 8].map(writer));
    const expected = Array.from({ length: 2400 }, (_, n) => n + 1).filter((number) => number % 7 !== 0);
    t.same(told, expected);
  },
);

t.test('a process that ends while it writes ends at once, and with its code', async (t) => {
  const index = pathToFileURL(join(packageRoot, 'dist', 'src', 'store', 'index.js'));
  const source = (path: string, pauseMs: number) => `
    import { Store } from '${index}';
    const store = new Store('${path}');
    const table = store.table('things');
    const bytes = Buffer.alloc(200_000);
    let kept = 0;
    const write = (n) => store.transaction(() => table.put(n, bytes)).then(() => { kept = n; }, () => {});
    let n = 0;
    setInterval(() => { for (let more = 0; more < 20; more += 1) write(++n % 500); }, 1);
    await new Promise((resolve) => setTimeout(resolve, ${pauseMs}));
    await Store.allAtRest();
    await store.transaction(() => 1).catch(({ code }) => process.stdout.write(code));
    process.exit(3);`;
  for (const pauseMs of [0, 1, 2, 5, 10, 30]) {
    const path = join(t.testdir(), 'test.lmdb');
    const args = ['--input-type=module', '-e', source(path, pauseMs)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      timeout: 60_000,
      encoding: 'utf8',
    });
    t.same({ status, stdout, stderr }, { status: 3, stdout: 'STORE_CLOSED', stderr: '' }, `${pauseMs} ms`);
  }
});
