import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import {
  activeCount,
  currentThread,
  Event,
  enumerate,
  getIdent,
  Lock,
  mainThread,
} from '../../src/threading/index.js';
import { Echo, StartAnother, WaitFor, WhoAmI } from './threads.js';

t.test('the main thread is one', async (t) => {
  t.equal(currentThread(), mainThread());
  t.match(mainThread(), { name: 'MainThread', ident: 0, daemon: false });
  t.equal(getIdent(), 0);
  t.equal(mainThread().isAlive(), true);
});

t.test('run is called on an object of the class, which is the current thread there', async (t) => {
  const thread = new WhoAmI({ name: 'who', daemon: true }).start();
  t.type(thread.ident, 'number');
  await thread.join();
  t.match(thread.result, {
    current: true,
    name: 'who',
    ident: thread.ident,
    daemon: true,
    alive: true,
    field: 'set by the class',
    listed: ['MainThread', 'who'],
    main: ['MainThread', 0, true],
  });
});

t.test('a worker that was not started by Thread has a thread object too', async (t) => {
  const index = new URL('../../src/threading/index.js', import.meta.url).href;
  const code = `import('${index}').then(({ currentThread, getIdent }) =>
    require('node:worker_threads').parentPort.postMessage([currentThread().name, getIdent()]))`;
  const worker = new Worker(code, { eval: true, execArgv: [] });
  const ended = once(worker, 'exit');
  const [message] = await once(worker, 'message');
  await ended;
  t.match(message, [/^Worker-\d+$/, Number]);
});

t.test('enumerate lists the threads that were started here while they live', async (t) => {
  const [stop, there] = [new Event(), new Event()];
  const thread = new WaitFor({ args: [stop, there], name: 'waiter' });
  t.same(enumerate(), [mainThread()], 'not before the start');
  thread.start();
  t.same(
    enumerate().map((one) => one.name),
    ['MainThread', 'waiter'],
  );
  t.equal(activeCount(), 2);
  stop.set();
  await thread.join();
  t.equal(activeCount(), 1);
});

t.test('each thread has a name and a number of its own', async (t) => {
  const threads = [new Echo(), new Echo()];
  t.match(threads[0]?.name, /^Echo-\d+$/);
  t.not(threads[0]?.name, threads[1]?.name);
  t.equal(threads[0]?.ident, undefined);
  for (const thread of threads) thread.start();
  t.not(threads[0]?.ident, threads[1]?.ident);
  await Promise.all(threads.map((thread) => thread.join()));
});

t.test('a thread does not end before those that it started, but for daemons', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  const go = new Event();
  const thread = new StartAnother({ args: [go, cells, new Lock()], daemon: false }).start();
  t.equal(await thread.join(0.01), false);
  go.set();
  await thread.join();
  t.equal(cells[0], 1);
  t.equal(thread.result, false);
  const daemon = new StartAnother({ args: [new Event(), cells, new Lock()], daemon: true }).start();
  await daemon.join();
  t.equal(daemon.result, true, 'what a daemon starts is a daemon');
});
