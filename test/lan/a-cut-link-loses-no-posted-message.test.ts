import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { packageRoot } from '../../src/config/index.js';
import { type Host, Lan, needsHosts } from '../helpers/hosts.js';
import { ObservatoryOnHosts } from '../helpers/observatory-on-hosts.js';
import type { Kept } from '../helpers/posting/receiver.js';
import { SITE } from '../helpers/test-config.js';

const AGENTS = join(packageRoot, 'dist', 'test', 'helpers', 'posting');
const CUT_MS = 5_000;
/** What was under way when the link was cut has arrived by then, or will not. */
const SETTLED_MS = 500;

const iniOf = (a: Host, b: Host): string => `
[observatory]
name = Cut link
${SITE}
[logging]
level = info
[data]
directory = data
[steady_poster]
ip = ${a.address}
receive_port = 5101
application = ${join(AGENTS, 'steady-poster.js')}
[receiver]
ip = ${b.address}
receive_port = 5102
application = ${join(AGENTS, 'receiver.js')}
`;

/** It takes a third of that on an idle machine. */
t.setTimeout(90_000);

t.test('a link that is cut for 5 s in mid-traffic loses and doubles nothing', needsHosts(), async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pyros-hosts-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const lan = new Lan('a', 'b');
  t.teardown(() => lan.remove());
  const [a, b] = lan.hosts as [Host, Host];
  const observatory = new ObservatoryOnHosts(directory, lan.hosts, iniOf(a, b));
  const kept = async () => (await observatory.request(b, 'receiver', 'Kept')) as Kept;
  const posted = async (message = 'Posted') =>
    ((await observatory.request(a, 'steady_poster', message)) as { posted: number }).posted;
  const arrived = (count: number) =>
    observatory.until(20_000, `more than ${count} messages have arrived`, async () => {
      return (await kept()).count > count || undefined;
    });
  const pidOf = async (agent: string) =>
    ((await observatory.request(b, agent, 'Status')) as { pid: number }).pid;

  await observatory.start(2);
  await observatory.request(a, 'steady_poster', 'Begin posting');
  await arrived(500);

  t.comment('the link of host b is cut for 5 s');
  b.cut();
  const cutFor = delay(CUT_MS);
  await delay(SETTLED_MS);
  const [before, postedBefore] = await Promise.all([kept(), posted()]);
  await delay(CUT_MS / 2);
  const [during, postedDuring] = await Promise.all([kept(), posted()]);
  await cutFor;
  b.heal();
  t.equal(during.count, before.count, 'nothing arrives on host b');
  t.ok(postedDuring > postedBefore, 'host a goes on posting');
  await arrived(before.count);

  t.comment('it is cut again, and the agent is killed meanwhile: host a is not told');
  b.cut();
  const pid = await pidOf('receiver');
  process.kill(pid, 'SIGKILL');
  await delay(CUT_MS);
  b.heal();
  await observatory.until(10_000, 'it was started again', async () => {
    return (await pidOf('receiver').catch(() => pid)) !== pid || undefined;
  });
  await arrived((await kept()).count);

  t.comment('every message was handled once, in order');
  const last = await posted('End posting');
  const end = await observatory.until(20_000, 'all have arrived', async () => {
    const now = await kept();
    return now.last >= last ? now : undefined;
  });
  t.ok(last > postedDuring);
  t.match(end, { count: last, sum: (last * (last + 1)) / 2, last, misplaced: 0 }, `${last} messages`);

  t.same(await observatory.stop(), [0, 0]);
});
