import t from 'tap';
import { SurveyAgent } from '../../agents/example_survey/survey-agent.js';
import { RealClock } from '../../src/clock/index.js';
import { parseConfig } from '../../src/config/index.js';
import { createLogger } from '../../src/log/index.js';
import { SenderPool } from '../../src/mesh/index.js';
import { enumerate } from '../../src/threading/index.js';
import { testConfigText } from '../helpers/test-config.js';

t.test('it answers while its thread computes, and joins the thread when it stops', async (t) => {
  const directory = t.testdir();
  const section = (await testConfigText({ directory, agents: ['scheduler'] })).replace(
    '[scheduler]',
    '[example_survey]\napplication = x.js',
  );
  const config = parseConfig(section, `${directory}/pyros_agent_config.ini`);
  const log = createLogger({ agent: 'example_survey', console: null, directory });
  const agent = new SurveyAgent({ config, log, clock: new RealClock() });
  await agent.start();
  t.teardown(() => agent.stop());
  t.equal(enumerate().length, 2, 'the main thread and the survey');
  const pool = new SenderPool(config, 'test');
  t.teardown(() => pool.close());
  let best = { altitudeDeg: 0 };
  // The survey finds the zenith's field sooner or later.
  while (best.altitudeDeg < 89) best = (await pool.request('example_survey', 'Best field')) as typeof best;
  await agent.stop();
  t.equal(enumerate().length, 1, 'no thread outlives the agent');
  await log.close();
});
