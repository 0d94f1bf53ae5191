import t from 'tap';
import { EventBoard, eventLine } from '../../scripts/event-board.js';
import { LiveTable } from '../../scripts/live-table.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';
import { PyrosProcess, runPyros } from './run-pyros.js';

const worker = { hostname: 'w@host', timestamp: 1000 };

t.test('a table has what goes on first, then what came last, and fits the terminal', async (t) => {
  const board = new EventBoard();
  board.add({ ...worker, type: 'worker-heartbeat', active: 1 });
  board.add({ ...worker, type: 'task-received', uuid: 'a', name: 'tests.mul', args: '[4, 5]' });
  board.add({ ...worker, type: 'task-received', uuid: 'b', name: 'tests.\x1b[2Jsleep', args: '[60]' });
  board.add({ ...worker, type: 'task-started', uuid: 'a' });
  board.add({ ...worker, type: 'task-succeeded', uuid: 'a', runtime: 0.0123, result: '20' });
  board.add({ ...worker, type: 'task-started', uuid: 'b' });
  board.add({ ...worker, type: 'task-failed', uuid: 'c', exception: 'RangeError: boo', timestamp: 'x' });
  board.add({ ...worker, type: 'nonsense' });
  t.same(board.lines(1003.5, 10, 100), [
    '1 going on, workers: w@host (1)',
    '',
    'ID  TASK             WORKER  STATE    TIME    RESULT',
    'b   tests. [2Jsleep  w@host  STARTED  3.5s    -',
    'c   -                w@host  FAILURE  0.0ms   RangeError: boo',
    'a   tests.mul        w@host  SUCCESS  12.3ms  20',
  ]);
  t.equal(board.lines(1003.5, 4, 20).length, 4);
  t.ok(board.lines(1003.5, 10, 20).every((line) => line.length <= 20));
  board.add({ ...worker, type: 'worker-offline' });
  for (let index = 0; index < 3000; index += 1)
    board.add({ ...worker, type: 'task-received', uuid: String(index), name: 'tests.mul' });
  t.match(board.lines(0, 2, 80)[0], /^1000 going on, workers: none$/);
  t.equal(
    eventLine({ ...worker, type: 'task-succeeded', uuid: 'a', runtime: 0.5, result: 'x\ny' }, 'tests.mul'),
    '1970-01-01T00:16:40.000Z w@host task-succeeded a tests.mul 0.500s x y',
  );
});

t.test('a live table is drawn in place, and leaves what stood there last', async (t) => {
  let written = '';
  const terminal = { columns: 0, rows: 0, write: (text: string) => (written += text) };
  const sizes: number[][] = [];
  const table = new LiveTable(terminal, (...size) => {
    sizes.push(size);
    return ['one', 'two'];
  });
  t.ok(written.endsWith('\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J'));
  t.same(sizes, [[24, 80]]);
  table.change();
  await until(20_000, () => sizes.length >= 2);
  table.end();
  t.ok(written.endsWith('\x1b[?1049lone\ntwo\n'));
});

t.test('events are lines when nobody looks at a terminal, also after the broker was away', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const config = ['--config', processes.config.file];
  const lines = new PyrosProcess(['celery', 'events', ...config]);
  const json = new PyrosProcess(['celery', 'events', '--json', ...config]);
  t.teardown(() => [lines, json].map(({ child }) => child.kill('SIGKILL')));
  await Promise.all([lines, json].map((one) => one.printed(/worker-heartbeat|worker-online/)));
  const { id } = await app.sendTask('tests.mul', [4, 5]);
  await lines.printed(new RegExp(`worker@test task-succeeded ${id} tests\\.mul \\d+\\.\\d{3}s 20`));
  await json.printed(/task-succeeded/);
  const events = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const types = events.filter(({ uuid }) => uuid === id).map(({ type }) => type);
  t.same(types, ['task-received', 'task-started', 'task-succeeded']);
  await processes.kill('task_broker');
  await processes.startBroker();
  lines.stdout = '';
  const after = /task-(received|succeeded)/;
  const sending = setInterval(() => app.sendTask('tests.mul', [6, 7]).catch(() => undefined), 200);
  await lines.printed(after).finally(() => clearInterval(sending));
  for (const one of [lines, json]) one.child.kill('SIGINT');
  t.same(await Promise.all([lines.ended, json.ended]), [0, 0]);
  await processes.kill('task_broker');
  const failed = await runPyros('celery', 'events', ...config);
  t.not(failed.code, 0);
  t.match(failed.stderr, /task_broker/);
});
