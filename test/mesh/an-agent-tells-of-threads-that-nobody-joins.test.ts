import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Agent, SenderPool } from '../../src/mesh/index.js';
import { AgentProcesses } from '../helpers/agent-processes.js';
import { until } from '../helpers/until.js';

t.test('the error of a thread that nobody joins is in the log of the agent, which goes on', async (t) => {
  const careless = fileURLToPath(new URL('../helpers/careless-agent.js', import.meta.url));
  const agents = await AgentProcesses.prepare({ careless });
  t.teardown(() => agents.end());
  const pool = new SenderPool(agents.config, 'test');
  t.teardown(() => pool.close());
  const child = await agents.start('careless');
  await pool.request('careless', 'Trip', 'a cable');
  await until(30_000, () => agents.log('careless').includes('tripped'));
  const [line = ''] = agents.log('careless').split('\n');
  t.match(JSON.parse(line), {
    level: 'error',
    agent: 'careless',
    message: /^Exception in thread night-walk: .*tripped over a cable/,
    fields: { code: 'THREAD_FAILED', stack: /careless-agent/ },
  });
  t.match(await pool.request('careless', Agent.STATUS), { state: 'READY', pid: child.pid });
});
