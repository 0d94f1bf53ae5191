import t from 'tap';
import { type AsyncResult, chain, signature } from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';

const PATIENCE = { timeout: 20 };
/** The limit of the tests, and what is beyond it. */
const LIMIT_MIB = 2;
const BEYOND = LIMIT_MIB * 2 ** 20;
const NEARLY = BEYOND - 20_000;
const TOO_LARGE = {
  code: 'MESSAGE_TOO_LARGE',
  message: /has \d+ bytes, and \[mesh\] payload_limit is 2097152/,
};

t.test('with results of about the size of a message', async (t) => {
  const processes = await CeleryProcesses.start({ mesh: [`payload_limit = ${LIMIT_MIB}MiB`] }, '-c', '2');
  t.teardown(() => processes.end());
  const app = processes.app();
  const large = async (bytes: number, ...more: number[]) => {
    const call = await app.sendTask('tests.large', [1, bytes, ...more]);
    return call as AsyncResult<string>;
  };
  const goesOn = async () => (await app.sendTask('tests.mul', [2, 3])).get(PATIENCE);

  t.test('one that does not fit is a failure that says so', async (t) => {
    await t.rejects((await large(BEYOND)).get(PATIENCE), TOO_LARGE);
    t.equal(await goesOn(), 6);
  });

  t.test('with what follows it counts both', async (t) => {
    const first = signature('tests.large', { args: [1, BEYOND * 0.6] });
    const both = await chain(first, signature('tests.echo')).delay();
    await t.rejects(both.get(PATIENCE), TOO_LARGE);
  });

  t.test('those of one moment go one after the other', async (t) => {
    const calls = await Promise.all([1, 2, 3, 4, 5, 6].map(() => large(NEARLY)));
    for (const call of calls) t.equal((await call.get(PATIENCE)).length, NEARLY);
    const small = await Promise.all([1, 2, 3, 4].map((n) => large(n % 2 === 0 ? NEARLY : 200_000)));
    for (const call of small) t.ok((await call.get(PATIENCE)).length >= 200_000);
  });

  t.test('a state or an error of a task is bounded too', async (t) => {
    await t.rejects((await large(1, BEYOND)).get(PATIENCE), TOO_LARGE);
    t.equal(await (await large(1, NEARLY)).get(PATIENCE), 'x');
    const failed = await app.sendTask('tests.fails_at_length', [BEYOND]);
    const error = (await failed.get(PATIENCE).catch((one) => one)) as Error;
    t.match(error, { excType: 'RangeError' });
    t.ok(error.message.length < 20_000);
    t.equal(await goesOn(), 6);
  });

  t.test('so are arguments, and they come to the worker with others', async (t) => {
    const sum = (count: number) => app.sendTask('tests.sum', [Array.from({ length: count }, () => 1)]);
    await t.rejects(app.sendTask('tests.echo', ['x'.repeat(BEYOND)]), { code: 'MESSAGE_TOO_LARGE' });
    await t.rejects(sum(1_000_000), { code: 'ENCODE_ERROR', message: /over 1000000 values/ });
    const counts = [200_000, 950_000, 200_000, 950_000];
    const sums = await Promise.all(counts.map(async (count) => (await sum(count)).get(PATIENCE)));
    t.same(sums, counts);
    t.equal(await goesOn(), 6);
  });
});
