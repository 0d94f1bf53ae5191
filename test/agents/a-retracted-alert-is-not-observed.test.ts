// A retraction withdraws what waits for its alert, and ends what is observed because of it.
import { rm } from 'node:fs/promises';
import t from 'tap';
import { movedAlert } from '../../scripts/demo/moved-alert.js';
import { type SequenceSummary, TemporaryObservatory } from '../../scripts/temporary-observatory.js';
import { limitsOf, makeOwnEvent, siteOf } from '../../src/observatory/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';

const STREAM = 'ivo://pyros.test/burst';
const PATIENCE_MS = 30_000;

t.test('real processes: what was retracted is withdrawn, also while it is observed', async (t) => {
  const observatory = await TemporaryObservatory.start({
    name: 'test',
    values: {
      'clock.rate': '20',
      'strategy.default.exposure': '60s',
      'strategy.default.count': '50',
      'strategy.default.interrupt': 'no',
    },
  });
  t.teardown(async () => {
    await observatory.stop();
    await rm(observatory.directory, { recursive: true, force: true });
  });
  await observatory.ready();
  const { config } = observatory;
  const author = { host: '127.0.0.1', port: observatory.vtpPort };

  const send = async (ivorn: string, place: number) => {
    const alert = movedAlert(siteOf(config), limitsOf(config), observatory.now(), place);
    const bytes = Buffer.from(alert.bytes.toString().replaceAll(alert.ivorn, ivorn));
    t.match(await sendVOEvent(author, bytes), { accepted: true });
  };
  const retract = async (ivorn: string, role: 'observation' | 'test' = 'observation') => {
    const own = { id: `${role}-of-${ivorn.split('#')[1]}`, role, cite: [ivorn], params: [] };
    const event = { ...own, citeAs: 'retraction' as const };
    const bytes = makeOwnEvent({ localIvorn: STREAM, name: 'test' }, event, observatory.now());
    t.match(await sendVOEvent(author, bytes), { accepted: true });
  };
  const sequenceOf = (ivorn: string, wanted: (found: SequenceSummary) => boolean) =>
    observatory.until(PATIENCE_MS, `the sequence of ${ivorn} is there`, async () =>
      (await observatory.sequences()).find((one) => one.ivorn === ivorn && wanted(one)),
    );
  const isWithdrawn = ({ state }: SequenceSummary) => state === 'WITHDRAWN';
  const schedule = async () => {
    const status = (await observatory.request('scheduler', 'Status')) as {
      schedule: unknown[];
      requests: { withdrawn: number };
    };
    return { left: status.schedule.length, withdrawn: status.requests.withdrawn };
  };

  t.comment('one runs, one waits');
  await send(`${STREAM}#1`, 1);
  await sequenceOf(`${STREAM}#1`, ({ state, images }) => state === 'EXPOSING' && images.length > 0);
  await send(`${STREAM}#2`, 2);
  await sequenceOf(`${STREAM}#2`, ({ state }) => state === 'SCHEDULED');

  t.comment('a retraction that is a test takes nothing back');
  await retract(`${STREAM}#1`, 'test');
  await retract(`${STREAM}#2`, 'test');

  t.comment('the one that waits is withdrawn, the one that runs goes on');
  await retract(`${STREAM}#2`);
  const waiting = await sequenceOf(`${STREAM}#2`, isWithdrawn);
  t.match(waiting, { images: [], reason: `retracted by ${STREAM}#observation-of-2` });
  t.equal(waiting.times.slewMs, undefined, 'the telescope never moved for it');
  t.match(await sequenceOf(`${STREAM}#1`, () => true), { state: 'EXPOSING' });

  t.comment('the one that runs is ended, in the middle of an exposure');
  await retract(`${STREAM}#1`);
  const running = await sequenceOf(`${STREAM}#1`, isWithdrawn);
  t.ok(running.images.length > 0 && running.images.length < 50, 'its images stay');
  await observatory.until(PATIENCE_MS, 'the camera is free', async () => {
    const { deviceState } = (await observatory.request('camera_vis', 'Status')) as { deviceState: string };
    return deviceState === 'IDLE' || undefined;
  });
  await observatory.until(PATIENCE_MS, 'the scheduler has forgotten both', async () => {
    const { left, withdrawn } = await schedule();
    return (left === 0 && withdrawn === 2) || undefined;
  });

  t.comment('a majordome that is killed meanwhile ends it too');
  await send(`${STREAM}#4`, 4);
  await sequenceOf(`${STREAM}#4`, ({ state }) => state === 'EXPOSING');
  const { pid } = (await observatory.request('majordome', 'Status')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await retract(`${STREAM}#4`);
  await sequenceOf(`${STREAM}#4`, isWithdrawn);

  t.comment('a packet that comes after its retraction is not observed');
  await retract(`${STREAM}#3`);
  await send(`${STREAM}#3`, 3);
  const alerts = await observatory.until(PATIENCE_MS, 'it was decided', async () => {
    const status = (await observatory.request('alert_manager', 'Status')) as {
      lastAlerts: { ivorn: string; decision: string; reason: string; withdrawnBy?: string }[];
    };
    return status.lastAlerts.some(({ ivorn }) => ivorn === `${STREAM}#3`) ? status.lastAlerts : undefined;
  });
  const alertOf = (ivorn: string) => alerts.find((one) => one.ivorn === ivorn);
  t.match(alertOf(`${STREAM}#3`), { decision: 'REFUSED', reason: /was retracted/ });
  t.match(alertOf(`${STREAM}#1`), { withdrawnBy: `${STREAM}#observation-of-1` });
  t.match(alertOf(`${STREAM}#observation-of-1`), { reason: /it retracts an event; withdrawn: / });
});
