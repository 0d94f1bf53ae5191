import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const SCENARIO = fileURLToPath(new URL('./scenario.js', import.meta.url));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** Runs a scenario; one that hangs ends itself with another exit code. */
function run(scenario: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCENARIO, scenario], (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

for (const scenario of ['daemon that computes', 'daemon that blocks']) {
  t.test(`a ${scenario} does not keep the process alive`, async (t) => {
    t.match(await run(scenario), { code: 0, out: 'end of main\n', err: '' });
  });
}

t.test('another thread does, and what it prints is not lost', async (t) => {
  const { code, out } = await run('thread that prints');
  t.equal(code, 0);
  t.match(out, /^end of main\nline 1\n/);
  t.match(out, /\nline 2000\n$/);
});

const WAITS = [
  ['event that a daemon sets', 'woken'],
  ['event that nobody sets', 'false'],
  ['lock that a daemon gives back', 'true'],
  ['join of a daemon', 'false'],
  ['join that gives up', 'false'],
] as const;

for (const [scenario, printed] of WAITS) {
  t.test(`who awaits keeps the process alive until then, and not longer: ${scenario}`, async (t) => {
    t.match(await run(scenario), { code: 0, out: `${printed}\nend of main\n`, err: '' });
  });
}

t.test('an error that nobody waits for is printed, and the process goes on', async (t) => {
  const { code, out, err } = await run('error that nobody waits for');
  t.equal(code, 0);
  t.match(out, /still here 0/);
  t.match(err, /Exception in thread guider:.*no guide star/s);
  t.match(err, /magnitude 25/);
});
