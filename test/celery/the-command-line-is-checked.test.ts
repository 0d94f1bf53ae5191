// `pyros celery`, as users of Python Celery type it, and as nobody should.
import t from 'tap';
import { exitCodeOf } from '../../scripts/exit-code.js';
import { program } from '../../scripts/program.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { runPyros } from '../scripts/run-pyros.js';

/** Words that are refused before anything is sent. */
const WRONG = [
  'control',
  'control nonsense',
  'control revoke',
  'control revoke id --signal SIGNOPE',
  'control terminate SIGTERM',
  'control terminate NOPE id',
  'control rate_limit tests.mul',
  'control rate_limit tests.mul often',
  'control rate_limit bad/name 5/s',
  'control time_limit tests.mul',
  'control time_limit tests.mul x',
  'control time_limit tests.mul 1 x',
  'control time_limit tests.mul 1 2 3',
  'control time_limit tests.mul 1e99',
  'control add_consumer',
  'control add_consumer bad/queue',
  'control cancel_consumer bad/queue',
  'control pool_grow x',
  'control pool_grow 0',
  'control pool_grow 1.5',
  'control pool_grow 1025',
  'control pool_shrink -1',
  'control shutdown now',
  'call',
  'call bad/name',
  'call tests.mul --eta garbage',
  'call tests.mul --eta 2026-13-45',
  'call tests.mul --expires never',
  'call tests.mul --countdown soon',
  'call tests.mul --priority 10',
  'call tests.mul --priority high',
  'call tests.mul --serializer pickle',
  'call tests.mul --queue bad/queue',
  'call tests.mul -a 4,5',
  'call tests.mul -a {}',
  'call tests.mul -k []',
  `result ${'x'.repeat(256)}`,
  'result id --wait x',
  'purge -Q bad/queue',
  'purge -Q ,',
  'list bindings',
  'inspect nonsense',
  'worker -c 0',
  'worker -c 1025',
  'worker -l LOUD',
  'worker -Q bad/queue',
  'worker -P eventlet',
  '-A other status',
  'status -A other',
  'status -t x',
];

t.test('what is wrong ends with 64', async (t) => {
  const processes = await CeleryProcesses.prepare();
  t.teardown(() => processes.end());
  for (const line of WRONG) {
    const words = ['celery', ...line.split(' '), '--config', processes.config.file];
    const error = await (await program('celery'))
      .parseAsync(words, { from: 'user' })
      .catch((one: unknown) => one);
    t.equal(exitCodeOf(error), 64, line);
  }
});

t.test('what is right reaches workers and broker', async (t) => {
  const processes = await CeleryProcesses.start(
    { routes: ['tests.m* = maths_q'] },
    '-c',
    '1',
    '-l',
    'WARNING',
    '-E',
  );
  t.teardown(() => processes.end());
  const pyros = (line: string) => runPyros('celery', ...line.split(' '), '--config', processes.config.file);

  t.test('the application is named first', async (t) => {
    t.match(await pyros('-A pyros status'), { code: 0, stdout: /^worker@test: OK\n/ });
    t.match(await pyros('--app=pyros inspect ping -j'), { code: 0, stdout: /"ok":"pong"/ });
    t.match(await pyros('-A pyros list queues'), { code: 0, stdout: /celery/ });
    t.match(await pyros('-A pyros inspect clock'), { code: 0 });
  });

  t.test('calls say when', async (t) => {
    const call = await pyros(
      '-A pyros call tests.mul -a [6,7] --eta 2026-11-24T03:00:00 --queue celery --priority 9',
    );
    t.equal(call.code, 0);
    t.match(await pyros(`-A pyros result ${call.stdout.trim()} --wait 20`), {
      code: 0,
      stdout: 'SUCCESS 42\n',
    });
    t.match(await pyros('call tests.mul --expires 9000-01-01 --eta 9000-01-01'), { code: 0 });
    t.match(await pyros('call tests.mul --eta garbage'), {
      code: 64,
      stderr: /a time such as 2026-11-24T03:00:00Z/,
    });
  });

  t.test('a worker that refuses is told, with exit code 1', async (t) => {
    const refused = await pyros('control rate_limit tests.nobody 5/s');
    t.match(refused, { code: 1, stdout: /unknown task/ });
    t.match(await pyros('control pool_shrink'), { code: 1, stdout: /at least 1/ });
    t.match(await pyros('control pool_grow 1024'), { code: 1, stdout: /at most 1024/ });
    t.match(await pyros('control time_limit tests.mul 5 10'), { code: 0, stdout: /time limits set/ });
    t.match(await pyros('control time_limit tests.mul x'), {
      code: 64,
      stderr: /the soft limit is "x": expected/,
    });
    t.match(await pyros('control enable_events'), { code: 0 });
    t.match(await pyros('control revoke'), { code: 64, stderr: /expected: pyros celery control revoke ID/ });
  });

  t.test('a worker checks for itself what came another way', async (t) => {
    const app = processes.app();
    const tell = async (method: string, args: Record<string, unknown>) =>
      [...(await app.control.broadcast(method, args)).values()][0];
    t.match(await tell('time_limit', { task_name: 'tests.mul', soft: 'x' }), { error: /soft limit/ });
    t.match(await tell('pool_grow', { n: -1 }), { error: /whole number/ });
    t.match(await tell('pool_grow', { n: 'x' }), { error: /whole number/ });
    t.match(await tell('add_consumer', { queue: 'bad queue' }), { error: /no name of a queue/ });
    t.match(await tell('add_consumer', {}), { error: /no name of a queue/ });
    t.match(await tell('terminate', { task_id: 'id', signal: 'NOPE' }), { error: /no signal/ });
    t.match(await tell('rate_limit', { task_name: 'tests.mul', rate_limit: [1] }), {
      error: /Invalid rate limit/,
    });
    const wrong = { terminate: true, signal: 'NOPE' };
    await t.rejects(app.broker.revoke(['id'], wrong.terminate, wrong.signal), { message: /signal/ });
    t.match(await tell('ping', {}), { ok: 'pong' });
  });

  t.test('a queue that is unknown is told', async (t) => {
    const purged = await pyros('purge -f -Q nobodys_q,maths_q');
    t.match(purged, {
      code: 1,
      stderr: /there is no queue nobodys_q/,
      stdout: /^maths_q: 0 tasks dropped\n$/,
    });
    t.match(await pyros('-A pyros purge'), { code: 0, stdout: 'celery: 0 tasks dropped\n' });
  });
});
