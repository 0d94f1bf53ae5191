import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { packageRoot } from '../../src/config/index.js';
import type { Counted } from '../helpers/counting-agent.js';
import { type Host, Lan, needsHosts } from '../helpers/hosts.js';
import { ObservatoryOnHosts } from '../helpers/observatory-on-hosts.js';

const HELPERS = join(packageRoot, 'dist', 'test', 'helpers');
const CUT_MS = 5_000;
/** What was under way when the link was cut has arrived by then, or will not. */
const SETTLED_MS = 500;

const iniOf = (a: Host, b: Host): string => `
[observatory]
name = Cut link
latitude = 31.0439
longitude = -115.4637
altitude = 2800
[clock]
mode = system
[logging]
level = info
[data]
directory = data
[posting]
ip = ${a.address}
receive_port = 5101
application = ${join(HELPERS, 'posting-agent.js')}
[counting]
ip = ${b.address}
receive_port = 5102
application = ${join(HELPERS, 'counting-agent.js')}
`;

t.test('a link that is cut for 5 s in mid-traffic loses and doubles nothing', needsHosts(), async (t) => {
  const lan = new Lan('a', 'b');
  t.teardown(() => lan.remove());
  const directory = mkdtempSync(join(tmpdir(), 'pyros-hosts-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const [a, b] = lan.hosts as [Host, Host];
  const observatory = new ObservatoryOnHosts(directory, lan.hosts, iniOf(a, b));
  const counted = async () => (await observatory.request(b, 'counting', 'Counted')) as Counted;
  const posted = async (message = 'Posted') =>
    ((await observatory.request(a, 'posting', message)) as { posted: number }).posted;
  const arrived = (count: number) =>
    observatory.until(20_000, `more than ${count} messages have arrived`, async () => {
      return (await counted()).count > count || undefined;
    });
  const pidOf = async (agent: string) =>
    ((await observatory.request(b, agent, 'Status')) as { pid: number }).pid;

  await observatory.start(2);
  await observatory.request(a, 'posting', 'Begin posting');
  await arrived(500);

  t.comment('the link of host b is cut for 5 s');
  b.cut();
  const healed = delay(CUT_MS).then(() => b.heal());
  await delay(SETTLED_MS);
  const [before, postedBefore] = await Promise.all([counted(), posted()]);
  await delay(CUT_MS / 2);
  const [during, postedDuring] = await Promise.all([counted(), posted()]);
  t.same(during, before, 'nothing arrives on host b');
  t.ok(postedDuring > postedBefore, 'host a goes on posting');
  await healed;
  await arrived(before.count);

  t.comment('it is cut again, and the agent is killed meanwhile: host a is not told');
  b.cut();
  const pid = await pidOf('counting');
  process.kill(pid, 'SIGKILL');
  await delay(CUT_MS);
  b.heal();
  await observatory.until(10_000, 'it was started again', async () => {
    return (await pidOf('counting').catch(() => pid)) !== pid || undefined;
  });
  await arrived((await counted()).count);

  t.comment('every message was handled once, in order');
  const last = await posted('End posting');
  const end = await observatory.until(20_000, 'all have arrived', async () => {
    const now = await counted();
    return now.last >= last ? now : undefined;
  });
  t.ok(last > postedDuring);
  t.same(end, { count: last, sum: (last * (last + 1)) / 2, last, outOfOrder: 0 }, `${last} messages`);

  t.same(await observatory.stop(), [0, 0]);
});
