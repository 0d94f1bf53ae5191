import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { type Config, parseConfig } from '../../src/config/index.js';
import {
  CLOCK_ORIGIN_VARIABLE,
  clockFile,
  forgetOrigin,
  isOriginGiven,
  knownOrigin,
  nightName,
  observatoryOrigin,
  originText,
} from '../../src/mesh/index.js';
import { testConfigText } from '../helpers/test-config.js';

async function setup(directory: string): Promise<(...edit: [from: string, to: string]) => Config> {
  const text = await testConfigText({ directory, agents: ['telescope'] });
  return (from, to) => parseConfig(text.replace(from, to), `${directory}/pyros_agent_config.ini`);
}

t.beforeEach(() => {
  delete process.env[CLOCK_ORIGIN_VARIABLE];
});

t.test('the first process writes the origin, later ones read it, a new launch renews it', async (t) => {
  const config = (await setup(t.testdir()))('', '');
  t.equal(knownOrigin(config), undefined);
  const first = observatoryOrigin(config);
  t.same(first.simulatedMs, Date.UTC(2026, 2, 20, 5));
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(observatoryOrigin(config), first);
  t.same(knownOrigin(config), first);
  t.same(readdirSync(config.dataDirectory), ['clock.json'], 'nothing else is left');
  forgetOrigin(config);
  t.ok(observatoryOrigin(config).realMs > first.realMs);
});

t.test('a file that is damaged, or of other settings, is not used', async (t) => {
  const edited = await setup(t.testdir());
  const slow = edited('', '');
  const fast = edited('[clock]', '[clock]\nrate = 5');
  const first = observatoryOrigin(slow);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = observatoryOrigin(fast);
  t.not(second.realMs, first.realMs);
  t.same(observatoryOrigin(fast), second);
  t.equal(knownOrigin(slow), undefined);
  t.not(nightName(slow, first), nightName(fast, first));
  for (const content of ['', 'null', '{', '{"realMs":"1"}']) {
    writeFileSync(clockFile(slow), content);
    const { realMs } = observatoryOrigin(slow);
    t.equal(JSON.parse(readFileSync(clockFile(slow), 'utf8')).realMs, realMs, content);
  }
});

t.test('what the starter or the INI file says wins, and needs no file', async (t) => {
  const edited = await setup(t.testdir());
  const [launch, fixed] = [edited('', ''), edited('[clock]', '[clock]\norigin = 2026-11-23T03:00:00Z')];
  mkdirSync(launch.dataDirectory);
  t.equal(isOriginGiven(launch), false);
  t.same(observatoryOrigin(fixed).realMs, Date.UTC(2026, 10, 23, 3));
  const origin = { realMs: 1000.5, simulatedMs: 2000 };
  process.env[CLOCK_ORIGIN_VARIABLE] = originText(origin);
  t.equal(isOriginGiven(launch), true);
  t.same([observatoryOrigin(launch), observatoryOrigin(fixed)], [origin, origin]);
  t.same(readdirSync(launch.dataDirectory), []);
});

t.test("with the system's clock there is one night", async (t) => {
  const system = (await setup(t.testdir()))('mode = simulated', 'mode = system');
  t.equal(nightName(system, { realMs: 1, simulatedMs: 2 }), undefined);
});
