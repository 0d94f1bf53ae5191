import t from 'tap';
import type { Action } from '../../src/mesh/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';

const LONG_MS = 60;

function compute(): void {
  for (const endMs = performance.now() + LONG_MS; performance.now() < endMs; );
}

const wait = () => new Promise<void>((resolve) => setTimeout(resolve, LONG_MS));

/** What may run before: its fields, its action, and how it ends. */
const BEFORE: Record<string, { fields?: string; action: Omit<Action, 'help'>; fails?: boolean }> = {
  'an action that waits': { action: { run: wait } },
  'an action that computes': { action: { run: compute } },
  'an action that computes and throws': {
    action: {
      run: () => {
        compute();
        throw new Error('no');
      },
    },
    fails: true,
  },
  'a stored action': { action: { stored: true, run: compute } },
  'a posted message whose action waits': { fields: '\tseq=box.1\tsettled=0', action: { run: wait } },
  'a posted message whose action computes': { fields: '\tseq=box.1\tsettled=0', action: { run: compute } },
  'a posted message with a stored action': {
    fields: '\tseq=box.1\tsettled=0',
    action: { stored: true, run: compute },
  },
};

for (const [name, { fields = '', action, fails }] of Object.entries(BEFORE)) {
  t.test(`after ${name}, what has waited longer than its deadline is not begun`, async (t) => {
    const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
    const begun: string[] = [];
    const agent = new TestAgent('scheduler', testEnvironment(config), {
      Hasty: () => void begun.push('hasty'),
      Patient: () => void begun.push('patient'),
    });
    agent.actionsByMessage.set('Long', { help: 'Take long', ...action });
    agent.actionsByMessage.set('Stored', {
      help: 'Keep it',
      stored: true,
      run: () => void begun.push('stored'),
    });
    await agent.start();
    t.teardown(() => agent.stop());
    const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
    peer.send(
      `Long\tid=1\tfrom=a${fields}\nHasty\tid=2\tfrom=a\tdeadline=20\nStored\tid=3\tfrom=a\tdeadline=20\nPatient\tid=4\tfrom=a\n`,
    );
    const lines = await peer.lines(4);
    t.match(lines[0], fails ? /^ERROR\tid=1\tcode=ACTION_FAILED/ : /^OK\tid=1$/);
    t.match(lines[1], /^ERROR\tid=2\tcode=EXPIRED\tits deadline had passed before it was its turn/);
    t.match(lines[2], /^ERROR\tid=3\tcode=EXPIRED\t/);
    t.equal(lines[3], 'OK\tid=4');
    t.same(begun, ['patient']);
    peer.socket.destroy();
  });
}
