import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { MajordomeAgent } from '../../agents/majordome/majordome-agent.js';
import { SchedulerAgent } from '../../agents/scheduler/scheduler-agent.js';
import { VOEventBrokerAgent } from '../../agents/voevent_broker/voevent-broker-agent.js';
import { type Config, packageRoot } from '../../src/config/index.js';
import { type Agent, type Environment, SenderPool } from '../../src/mesh/index.js';
import {
  LIST_SEQUENCES,
  type ObservationRequest,
  REQUEST_SUBMITTED,
  SCHEDULE_READY,
  type ScheduledSequence,
  VOEVENT_RECEIVED,
} from '../../src/observatory/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';
import { LogLines } from '../helpers/log-lines.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';

const SEQUENCE: ScheduledSequence['sequence'] = {
  id: 's1',
  target: { raDeg: 90, decDeg: 20 },
  albums: [{ detector: 'VIS', plans: [{ filter: 'r', exposureS: 10, count: 1 }] }],
};
const REQUEST: ObservationRequest = {
  id: 'r1',
  name: 'burst',
  priority: 5,
  strategy: 'default',
  sequences: [SEQUENCE],
};

/** Runs an agent in a night, asks what `ask` asks, and stops it. */
async function inNight<T>(
  make: (environment: Environment) => Agent,
  config: Config,
  night: string | undefined,
  ask: (pool: SenderPool, log: LogLines) => Promise<T>,
): Promise<T> {
  const log = new LogLines();
  const agent = make({ ...testEnvironment(config, log), night });
  const pool = new SenderPool(config);
  await agent.start();
  try {
    return await ask(pool, log);
  } finally {
    pool.close();
    await agent.stop();
  }
}

const configFor = (t: Test, agents: string[]) => testConfig({ directory: t.testdir(), agents });

t.test('the scheduler drops what it planned in another simulated night', async (t) => {
  const config = await configFor(t, ['scheduler', 'majordome']);
  const run = <T>(night: string | undefined, ask: (pool: SenderPool, log: LogLines) => Promise<T>) =>
    inNight((environment) => new SchedulerAgent(environment), config, night, ask);
  const status = (pool: SenderPool) => pool.request('scheduler', 'Status');
  const planned = { schedule: [{ sequence: 's1' }], requests: { failed: 0 } };

  await run('a', (pool) => pool.request('scheduler', REQUEST_SUBMITTED.text, REQUEST));
  t.match(await run('a', status), planned, 'it is kept through a restart');
  t.match(await run(undefined, status), planned, "it is kept with the system's clock");
  const { after, lines } = await run('b', async (pool, log) => ({
    after: await status(pool),
    lines: log.lines,
  }));
  t.match(after, { schedule: [], requests: { failed: 1 } });
  t.ok(lines.includes('warn burst: sequence s1 is dropped: it was planned in an earlier simulated night'));
});

t.test('the majordome ends what was under way, and takes no schedule of another night', async (t) => {
  const config = await configFor(t, ['majordome', 'scheduler']);
  const run = <T>(night: string | undefined, ask: (pool: SenderPool) => Promise<T>) =>
    inNight((environment) => new MajordomeAgent(environment), config, night, ask);
  const sequences = (pool: SenderPool) => pool.request('majordome', LIST_SEQUENCES.text);
  const times = { startMs: Date.UTC(2026, 0, 2), endMs: Date.UTC(2026, 0, 3) };
  const entry = { sequence: SEQUENCE, requestId: 'r1', name: 'burst', priority: 5, ...times, night: 'a' };
  const follow = (pool: SenderPool, id: string) =>
    pool.request('majordome', SCHEDULE_READY.text, {
      entries: [{ ...entry, sequence: { ...SEQUENCE, id } }],
    });

  await run('a', (pool) => follow(pool, 's1'));
  const scheduled = { sequences: [{ sequence: 's1', state: 'SCHEDULED' }] };
  t.match(await run('a', sequences), scheduled);
  t.match(await run(undefined, sequences), scheduled);
  const later = await run('b', async (pool) => {
    await follow(pool, 's2');
    return (await sequences(pool)) as { sequences: unknown[] };
  });
  t.equal(later.sequences.length, 1);
  t.match(later.sequences[0], { sequence: 's1', state: 'FAILED', reason: /earlier simulated night/ });
});

t.test('an alert is kept for an alert manager that the INI file gets later', async (t) => {
  const directory = t.testdir();
  const alert = readFileSync(join(packageRoot, 'test', 'fixtures', 'voevents', 'swift-bat-grb-pos.xml'));
  const makeBroker = (environment: Environment) => new VOEventBrokerAgent(environment);

  const without = await testConfig({ directory, agents: ['voevent_broker'] });
  await inNight(makeBroker, without, undefined, async (pool, log) => {
    const port = without.settings('voevent_broker').vtpPort;
    t.match(await sendVOEvent({ host: '127.0.0.1', port }, alert), { accepted: true });
    t.match(await log.line(/posted/), /^error posted messages wait for alert_manager, which is no agent of/);
    t.match(await pool.request('voevent_broker', 'Status'), { posted: { waiting: { alert_manager: 1 } } });
  });

  const complete = await testConfig({ directory, agents: ['voevent_broker', 'alert_manager'] });
  let received: (packet: unknown) => void = () => undefined;
  const packet = new Promise((resolve) => {
    received = resolve;
  });
  const manager = new TestAgent('alert_manager', testEnvironment(complete), {
    [VOEVENT_RECEIVED.text]: (data) => received((data as { packet: unknown }).packet),
  });
  await manager.start();
  t.teardown(() => manager.stop());
  await inNight(makeBroker, complete, undefined, async () => {
    t.same(Buffer.from((await packet) as Uint8Array), alert);
  });
});
