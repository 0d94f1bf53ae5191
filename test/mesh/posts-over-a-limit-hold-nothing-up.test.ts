import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/index.js';
import { silentLogger } from '../../src/log/index.js';
import { defineMessage, PostOffice, Sender, storedAction } from '../../src/mesh/index.js';
import { Store, type Table } from '../../src/store/index.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const AGENTS = ['scheduler', 'majordome'];
const LOW = ['payload_limit = 64KiB', 'header_limit = 300'];
/** In MessagePack, three bytes more. */
const JUST_FITS = 'x'.repeat(65_533);
const TOO_LARGE = `${JUST_FITS}x`;
/** What a header has room for besides all fields of a post, in bytes: the longest that a post may bear. */
const LONGEST_MESSAGE = 'é'.repeat(50);

function office(t: Test, config: Config) {
  const store = new Store(join(config.dataDirectory, 'outbox.lmdb'));
  const post = new PostOffice(store, config, 'majordome', silentLogger, Date.now);
  const close = async () => {
    post.stop();
    await store.close();
  };
  t.teardown(close);
  return { store, post, close };
}

/** An agent that notes how long what it was sent is. */
async function noting(t: Test, config: Config) {
  const noted: unknown[] = [];
  const note = (data: unknown) => void noted.push(typeof data === 'string' ? data.length : data);
  const actions = { Note: note, [LONGEST_MESSAGE]: note };
  const agent = new TestAgent('scheduler', testEnvironment(config), actions);
  await agent.start();
  t.teardown(() => agent.stop());
  return noted;
}

t.test('a post over a limit is refused at the call, and those after it are delivered', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: AGENTS, extra: { mesh: LOW } });
  const { post } = office(t, config);
  await post.post('scheduler', LONGEST_MESSAGE, 1);
  const payload = { code: 'MESSAGE_TOO_LARGE', message: /65537 bytes.* payload_limit = 65536/ };
  await t.rejects(post.post('scheduler', 'Note', TOO_LARGE), payload);
  const header = { code: 'MESSAGE_TOO_LARGE', message: /header_limit = 300/ };
  await t.rejects(post.post('scheduler', 'é'.repeat(140), 1), header);
  await t.rejects(post.post('scheduler', 'Two\nlines', 1), { code: 'BAD_FRAME' });
  await post.post('scheduler', 'Note', JUST_FITS);
  await post.post('scheduler', 'Note', 2);
  post.start();
  const noted = await noting(t, config);
  await until(10_000, () => post.outbox.waiting().length === 0);
  t.same(noted, [1, 65_533, 2]);
  t.same(post.asides(), []);
});

t.test('a change is not kept without the post that is too large', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: AGENTS, extra: { mesh: LOW } });
  const majordome = new TestAgent('majordome', testEnvironment(config));
  let kept: Table<number, string> | undefined;
  majordome.onWork = () => {
    kept = majordome['store'].table('kept');
  };
  const keep = storedAction(defineMessage<unknown>('Keep', 'Keep it and pass it on'), () => {
    kept?.put(1, 'kept');
    void Sender.post('scheduler', 'Note', TOO_LARGE);
  });
  majordome.actionsByMessage.set('Keep', keep);
  await majordome.start();
  Sender.configure(config, 'test');
  t.teardown(async () => {
    Sender.close();
    await majordome.stop();
  });
  await t.rejects(Sender.request('majordome', 'Keep'), { name: 'AnswerError', code: 'MESSAGE_TOO_LARGE' });
  kept?.refresh();
  t.equal(kept?.get(1), undefined);
  await t.rejects(Sender.post('scheduler', 'Note', TOO_LARGE), { code: 'MESSAGE_TOO_LARGE' });
});

t.test('what lies in the outbox is set aside when the limits were lowered since', async (t) => {
  const directory = t.testdir();
  const high = await testConfig({ directory, agents: AGENTS });
  const before = office(t, high);
  const posts: [string, unknown][] = [
    ['Note', 1],
    ['Note', TOO_LARGE],
    ['Note', 'x'.repeat(2_000_000)],
    ['Note', 2],
    ['N'.repeat(400), 3],
    ['Note', 4],
  ];
  for (const [message, data] of posts) await before.post.post('scheduler', message, data);
  await before.close();

  const low = await testConfig({ directory, agents: AGENTS, extra: { mesh: LOW } });
  const noted = await noting(t, low);
  const { post } = office(t, low);
  post.start();
  await until(20_000, () => post.outbox.waiting().length === 0);
  t.same(noted, [1, 2, 4]);
  const code = 'MESSAGE_TOO_LARGE';
  t.match(post.asides(), [
    { number: 2, code, reason: /65537 bytes.* payload_limit = 65536/ },
    { number: 3, code, reason: /2000005 bytes/ },
    { number: 5, code, reason: /header_limit = 300/ },
  ]);
  t.equal((await post.outbox.sendAgain('scheduler', 2)).count, 1);
  await until(10_000, () => post.asides().length === 3 && post.outbox.waiting().length === 0);
  t.match(post.asides().at(-1), { number: 7, code }, 'and again, when nothing was done about it');
});
