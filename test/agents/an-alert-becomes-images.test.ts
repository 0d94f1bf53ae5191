import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { movedAlert } from '../../scripts/demo/moved-alert.js';
import { TemporaryObservatory } from '../../scripts/temporary-observatory.js';
import { packageRoot } from '../../src/config/index.js';
import { readFits } from '../../src/instruments/index.js';
import { limitsOf, siteOf } from '../../src/observatory/index.js';
import { separationDeg } from '../../src/sky/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';
import { RawPeer } from '../helpers/raw-peer.js';

const PATIENCE_MS = 30_000;

const fixture = (name: string) => readFileSync(join(packageRoot, 'test', 'fixtures', 'voevents', name));

t.test('real processes: VOEvent in, FITS out, and nothing disturbs it', async (t) => {
  const observatory = await TemporaryObservatory.start({
    name: 'test',
    values: { 'clock.rate': '20', 'strategy.default.exposure': '20s', 'strategy.default.count': '2' },
  });
  t.teardown(async () => {
    await observatory.stop();
    await rm(observatory.directory, { recursive: true, force: true });
  });
  const { config } = observatory;
  const author = { host: '127.0.0.1', port: observatory.vtpPort };
  const portOf = (agent: string) => config.agents.get(agent)?.receivePort ?? 0;
  await observatory.ready();

  t.comment('an alert becomes images');
  const alert = movedAlert(siteOf(config), limitsOf(config), observatory.now());
  t.match(await sendVOEvent(author, alert.bytes), { accepted: true, origin: alert.ivorn });
  const finished = await observatory.until(PATIENCE_MS, 'the sequence is finished', async () => {
    const [sequence] = await observatory.sequences();
    return sequence?.state === 'FINISHED' ? sequence : undefined;
  });
  t.equal(finished.images.length, 2);
  for (const { path } of finished.images) {
    t.ok(path.startsWith(join(config.dataDirectory, 'images')));
    const { header } = readFits(readFileSync(path));
    t.equal(header.text('TRIGID'), alert.ivorn);
    const pointing = { raDeg: header.number('RA') ?? 0, decDeg: header.number('DEC') ?? 0 };
    t.ok(separationDeg(pointing, alert.target) < 0.01, 'it points at the alert');
    t.equal(header.number('EXPTIME'), 20);
    t.match(header.text('DATE-OBS'), /^\d{4}-\d\d-\d\dT/);
  }
  const { slewMs = 0, onTargetMs = 0, alertMs = 0 } = finished.times;
  t.ok(alertMs < slewMs && slewMs < onTargetMs, 'the telescope takes its time');

  t.comment('the same alert again is acknowledged, and not observed again');
  t.match(await sendVOEvent(author, alert.bytes), { accepted: true });

  t.comment('what must not move the telescope does not');
  for (const name of [
    'swift-bat-grb-pos-test.xml',
    'swift-point-dir-utility.xml',
    'svom-grm-retraction.xml',
    'lvc-preliminary.xml',
  ]) {
    t.match(await sendVOEvent(author, fixture(name)), { accepted: true }, name);
  }
  t.match(await sendVOEvent(author, fixture('swift-xrt-pos-v1.1.xml')), { accepted: false }, 'version 1.1');
  const reasons = await observatory.until(PATIENCE_MS, 'four alerts are refused', async () => {
    const { lastAlerts } = (await observatory.request('alert_manager', 'Status')) as {
      lastAlerts: { decision: string; reason: string }[];
    };
    const refused = lastAlerts.filter(({ decision }) => decision === 'REFUSED');
    return refused.length === 4 ? refused.map(({ reason }) => reason).reverse() : undefined;
  });
  t.match(reasons, [/role is test/, /role is utility/, /retract/, /no position/]);

  t.comment('a target that is never up is refused with its reason');
  const south = alert.bytes
    .toString()
    .replace(/<C2>[^<]*</, '<C2>-85.0<')
    .replace(alert.ivorn, `${alert.ivorn}-south`);
  t.match(await sendVOEvent(author, Buffer.from(south)), { accepted: true });
  await observatory.until(PATIENCE_MS, 'the scheduler has refused it', async () => {
    const { refused } = (await observatory.request('scheduler', 'Status')) as {
      refused: { reason: string }[];
    };
    return refused[0] && /does not rise above 20 deg/.test(refused[0].reason) ? true : undefined;
  });

  t.comment('an agent that is killed is started again, in the middle of a sequence');
  const second = movedAlert(siteOf(config), limitsOf(config), observatory.now(), 2);
  t.match(await sendVOEvent(author, second.bytes), { accepted: true });
  await observatory.until(PATIENCE_MS, 'the second sequence exposes', async () => {
    const [sequence] = await observatory.sequences();
    return sequence?.ivorn === second.ivorn && sequence.state === 'EXPOSING' ? true : undefined;
  });
  const { pid } = (await observatory.request('camera_vis', 'Status')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await observatory.until(PATIENCE_MS, 'the second sequence is finished', async () => {
    const [sequence] = await observatory.sequences();
    return sequence?.state === 'FINISHED' && sequence.images.every(({ path }) => existsSync(path))
      ? true
      : undefined;
  });
  const revived = (await observatory.request('camera_vis', 'Status')) as { pid: number };
  t.not(revived.pid, pid);
  t.match(observatory.console(), /camera_vis: RESTARTING, killed by SIGKILL/);

  t.comment('by hand: an unknown message is answered, Shutdown needs no line end');
  const hand = await RawPeer.open(portOf('telescope'));
  hand.send('Foo\n');
  t.match(
    (await hand.lines(1))[0],
    'ERROR\tcode=UNKNOWN_MESSAGE\t"Foo" is no message of telescope; Help lists them',
  );
  hand.socket.destroy();
  const stopper = await RawPeer.open(portOf('telescope'));
  stopper.send('Shutdown');
  t.same(await stopper.lines(1), ['OK']);
  await observatory.until(PATIENCE_MS, 'the telescope is down', async () => {
    const report = (await observatory.status()).find(({ agent }) => agent === 'telescope');
    return report?.up === false ? true : undefined;
  });
  await observatory.until(PATIENCE_MS, 'pyros start has noticed', async () =>
    observatory.console().includes('telescope: STOPPED, it was told to') ? true : undefined,
  );

  t.comment('it ends cleanly, and leaves no process behind');
  const pids = (await observatory.status()).map(({ status }) => Number(status?.['pid'])).filter(Boolean);
  t.equal(await observatory.stop(), 0);
  for (const one of pids) t.throws(() => process.kill(one, 0), { code: 'ESRCH' });
});
