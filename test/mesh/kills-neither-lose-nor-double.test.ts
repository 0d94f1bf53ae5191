import t from 'tap';
import { SenderPool } from '../../src/mesh/index.js';
import { AgentProcesses } from '../helpers/agent-processes.js';
import { POST_UP_TO } from '../helpers/posting/poster.js';
import type { Kept } from '../helpers/posting/receiver.js';
import { until } from '../helpers/until.js';

const POSTS = 20_000;
const ROUNDS = 6;
const POSTS_OF_ROUND = Math.ceil(POSTS / ROUNDS);
/** Who is killed, round after round. In the last nobody is. */
const VICTIMS = [['receiver'], ['poster'], ['receiver', 'poster'], ['poster'], ['receiver']];
/** Within it the same numbers come each time; another one is another run. */
const SEED = Number(process.env['PYROS_TEST_SEED'] ?? 2016);

/** Park and Miller's generator: numbers from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

t.test(`${POSTS} posts arrive once and in order, though both sides are killed (seed ${SEED})`, async (t) => {
  const agents = await AgentProcesses.prepare();
  t.teardown(() => agents.end());
  const pool = new SenderPool(agents.config, 'test');
  t.teardown(() => pool.close());
  const random = randomNumbers(SEED);
  const kept = async () => (await pool.request('receiver', 'Kept')) as Kept;
  const reached = (count: number) => async () => (await kept()).count >= count;
  let inTheMiddle = 0;

  await Promise.all([agents.start('receiver'), agents.start('poster')]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const last = Math.min(POSTS, (round + 1) * POSTS_OF_ROUND);
    const goOn = () => pool.request('poster', POST_UP_TO.text, { last, together: 8 });
    await goOn();
    await until(15_000, reached((round + 0.7 * random()) * POSTS_OF_ROUND));
    const victims = VICTIMS[round] ?? [];
    if (victims.length > 0 && (await kept()).count < last) inTheMiddle += 1;
    await Promise.all(victims.map((name) => agents.kill(name)));
    await Promise.all(victims.map((name) => agents.start(name)));
    if (victims.includes('poster')) await goOn();
  }
  await until(15_000, reached(POSTS));
  // Whatever would be handled twice has its chance.
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.match(await kept(), { count: POSTS, sum: (POSTS * (POSTS + 1)) / 2, last: POSTS, misplaced: 0 });
  t.ok(inTheMiddle >= VICTIMS.length / 2, `${inTheMiddle} kills hit messages under way`);
});
