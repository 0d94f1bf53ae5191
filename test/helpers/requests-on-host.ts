// A process on a host of a test that asks agents what the test wants to know: quicker than a command for each question.
import { loadConfig } from '../../src/config/index.js';
import { errorText } from '../../src/errors/index.js';
import { Sender } from '../../src/mesh/index.js';

/** A question of the test. */
export interface Question {
  id: number;
  agent: string;
  message: string;
}

/** Its answer; `error` tells why there is none. */
export interface Answer {
  id: number;
  reply?: unknown;
  error?: string;
}

const PATIENCE_MS = 5_000;

async function answer({ id, agent, message }: Question): Promise<Answer> {
  try {
    const reply = await Sender.request(agent, message, undefined, { timeoutMs: PATIENCE_MS });
    return { id, reply };
  } catch (error) {
    return { id, error: errorText(error) };
  }
}

if (process.send) {
  Sender.configure(loadConfig(process.argv[2]));
  process.on('message', (question) => {
    void answer(question as Question).then((known) => process.send?.(known));
  });
  process.on('disconnect', () => process.exit());
}
