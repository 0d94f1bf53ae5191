// What a call or a revoke says is checked when it is made: no processes are needed to find out.
import t from 'tap';
import { type CallOptions, Celery, controlMistake, group, signature } from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';

const processes = await CeleryProcesses.prepare();
t.teardown(() => processes.end());
const app = processes.app();

function prepare(options: unknown, args: unknown = [], kwargs: unknown = {}, name = 'tests.mul') {
  return app.prepare(name, args as unknown[], kwargs as Record<string, unknown>, options as CallOptions);
}

/** Options that no call can have, and what is said. */
const WRONG: [options: unknown, message: RegExp][] = [
  [{ countdown: 'soon' }, /countdown of tests\.mul is "soon": expected a number of seconds/],
  [{ countdown: Number.NaN }, /countdown .* is NaN: expected/],
  [{ countdown: 1e300 }, /countdown .* expected a number of seconds up to/],
  [{ eta: new Date('garbage') }, /eta .* is Invalid Date: expected a valid Date/],
  [{ eta: '2026-11-24T03:00:00Z' }, /eta .* expected a valid Date/],
  [{ expires: 'tomorrow' }, /expires .* expected a number of seconds, or a valid Date/],
  [{ expires: new Date(8.64e15) }, /expires .* from 1970 to 9999/],
  [{ queue: 'bad queue' }, /queue .* is "bad queue": expected letters/],
  [{ priority: 10 }, /priority .* is 10: expected a whole number from 0 to 9/],
  [{ priority: '5' }, /priority .* expected a whole number/],
  [{ taskId: '' }, /taskId .* expected a text of 1 to 255/],
  [{ taskId: 'x'.repeat(256) }, /taskId .* expected a text of 1 to 255/],
  [{ taskId: 7 }, /taskId .* is 7: expected a text/],
  [{ headers: 'no' }, /headers .* expected a plain object/],
  [{ headers: { when: () => 0 } }, /headers .* expected a plain object/],
  [{ headers: { many: 'x'.repeat(70_000) } }, /headers .* up to 65536 bytes/],
  [{ serializer: 'pickle' }, /serializer .* is "pickle": expected json, msgpack, yaml/],
  [{ timeLimit: -1 }, /timeLimit .* expected a number of seconds up to/],
  [{ softTimeLimit: 1e9 }, /softTimeLimit .* expected a number of seconds up to 10000000/],
  [{ retry: 'yes' }, /retry .* expected true or false/],
  [{ ignoreResult: 1 }, /ignoreResult .* expected true or false/],
  [{ retries: -1 }, /retries .* expected a whole number from 0/],
  [{ groupIndex: 0.5 }, /groupIndex .* expected a whole number from 0/],
  [{ link: 'tests.mul' }, /link .* expected a signature/],
  [{ chain: [{}] }, /chain .* expected a list of signatures/],
  [{ replyTo: 5 }, /replyTo .* expected a text/],
  [{ task_id: 'x' }, /no option task_id: it is called taskId here/],
  [{ countDown: 5 }, /no option countDown: countdown, eta/],
  ['now', /the options .* expected an object/],
];

t.test('options that cannot be', async (t) => {
  for (const [options, message] of WRONG)
    t.throws(() => prepare(options), { code: 'INVALID_TASK', message }, JSON.stringify(options).slice(0, 60));
});

t.test('arguments and names that cannot be', async (t) => {
  const expected = { code: 'INVALID_TASK' };
  t.throws(() => prepare({}, 'ab'), { ...expected, message: /args of tests\.mul is "ab": expected a list/ });
  t.throws(() => prepare({}, [], [1]), {
    ...expected,
    message: /kwargs .* is a list: expected a plain object/,
  });
  t.throws(() => prepare({}, [], null), { ...expected, message: /kwargs/ });
  for (const name of ['bad name!', '', 'tests.*', 'x'.repeat(256)])
    t.throws(() => prepare({}, [], {}, name), { ...expected, message: /expected such as app\.module\.task/ });
});

t.test('what can be is taken', async (t) => {
  const options = {
    countdown: -5,
    priority: 0,
    headers: { a: [1, null, { b: true }] },
    timeLimit: 0,
    expires: 1.5,
  };
  t.match(prepare(options), {
    queue: 'celery',
    priority: 0,
    message: { headers: { a: [1, null], timelimit: [0] } },
  });
  t.ok(prepare({ eta: new Date(), taskId: 'mine', link: signature('tests.mul'), serializer: 'yaml' }).etaMs);
  t.ok(prepare({ chain: undefined, link: [group([signature('tests.mul')])] }));
});

t.test('a revoke with a signal that is none', async (t) => {
  const expected = { code: 'INVALID_TASK', message: /the signal is "NOPE": expected one such as SIGTERM/ };
  await t.rejects(app.control.terminate('id', 'NOPE'), expected);
  await t.rejects(app.AsyncResult('id').revoke({ terminate: true, signal: 'NOPE' }), expected);
  t.equal(controlMistake('terminate', { task_id: 'id', signal: 'term' }), undefined);
  t.match(controlMistake('terminate', { task_id: 'id', signal: 'toString' }), /no signal/);
});

t.test('an application of its own says the same', async (t) => {
  const other = new Celery('other', { config: processes.config });
  await t.rejects(other.sendTask('tests.mul', [], {}, { countdown: Number.POSITIVE_INFINITY }), {
    code: 'INVALID_TASK',
  });
  other.close();
});
