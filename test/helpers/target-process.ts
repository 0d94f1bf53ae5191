// An agent under attack, in a process of its own, and a friend of it who must notice nothing.
import { join } from 'node:path';
import type { Test } from 'tap';
import { packageRoot } from '../../src/config/index.js';
import { SenderPool } from '../../src/mesh/index.js';
import { AgentProcesses } from './agent-processes.js';

/** What a process of an agent may take while strangers do their worst; at rest it is 60 to 90 MiB. */
const MOST_MEMORY_MIB = 300;
/** A machine that does much else besides is slow too. */
const LONGEST_WAIT_MS = 5_000;

/** An agent in a process of its own, and a friend who asks it for signs of life. */
export async function target(t: Test, mesh: string[] = []) {
  const path = join(packageRoot, 'dist', 'test', 'helpers', 'target.js');
  const agents = await AgentProcesses.prepare({ target: path }, mesh);
  const pool = new SenderPool(agents.config, 'friend');
  t.teardown(async () => {
    pool.close();
    await agents.end();
  });
  await agents.start('target');
  const friend = new Friend(pool);
  t.teardown(() => friend.leave());
  return { agents, pool, friend, port: agents.port('target') };
}

/** Another peer, which must notice nothing. */
class Friend {
  answers = 0;
  slowestMs = 0;
  failure: unknown;
  #gone = false;
  readonly #going: Promise<void>;

  constructor(pool: SenderPool) {
    this.#going = this.#ask(pool).catch((error) => {
      this.failure = error;
    });
  }

  async leave(): Promise<void> {
    this.#gone = true;
    await this.#going;
  }

  async #ask(pool: SenderPool): Promise<void> {
    while (!this.#gone) {
      const begun = performance.now();
      await pool.request('target', 'Ping');
      this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
      this.answers += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What must hold after each attack. */
export async function unharmed(
  t: Test,
  { agents, friend }: Awaited<ReturnType<typeof target>>,
): Promise<void> {
  const answers = friend.answers;
  while (friend.answers <= answers && friend.failure === undefined)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await friend.leave();
  const highest = Math.round(agents.highestMiB('target'));
  t.comment(
    `${friend.answers} answers, the slowest after ${Math.round(friend.slowestMs)} ms; ${highest} MiB`,
  );
  t.equal(friend.failure, undefined, 'another peer is answered all the while');
  t.ok(friend.slowestMs < LONGEST_WAIT_MS, `${friend.slowestMs} ms`);
  t.ok(highest < MOST_MEMORY_MIB, `${highest} MiB`);
}
