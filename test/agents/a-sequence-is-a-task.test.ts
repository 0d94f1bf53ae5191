// The majordome runs each sequence as a task: a target of opportunity ends the one that runs, and whatever is killed,
// the images come, and the end is told once.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import t from 'tap';
import { movedAlert } from '../../scripts/demo/moved-alert.js';
import { type SequenceSummary, TemporaryObservatory } from '../../scripts/temporary-observatory.js';
import { Celery } from '../../src/celery/index.js';
import { limitsOf, siteOf } from '../../src/observatory/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';

const SLOW_STREAM = 'ivo://pyros.test/slow';
const BURST_STREAM = 'ivo://pyros.test/burst';
const LONG_STREAM = 'ivo://pyros.test/long';
const ENDLESS_STREAM = 'ivo://pyros.test/endless';
const PATIENCE_MS = 30_000;

/** How each stream is observed, at a clock that is 20 times faster. */
const VALUES = {
  'clock.rate': '20',
  'strategy.slow.streams': SLOW_STREAM,
  'strategy.slow.priority': '2',
  'strategy.slow.exposure': '40s',
  'strategy.slow.count': '3',
  'strategy.slow.nir_exposure': '15s',
  'strategy.slow.nir_count': '8',
  'strategy.slow.interrupt': 'no',
  'strategy.burst.streams': BURST_STREAM,
  'strategy.burst.priority': '8',
  'strategy.burst.exposure': '2s',
  'strategy.burst.count': '2',
  'strategy.long.streams': LONG_STREAM,
  'strategy.long.exposure': '10s',
  'strategy.long.count': '4',
  'strategy.endless.streams': ENDLESS_STREAM,
  'strategy.endless.exposure': '30min',
  'strategy.endless.count': '2',
};

/** One for all tests, for it is many processes. */
let observatory: TemporaryObservatory;

t.before(async () => {
  observatory = await TemporaryObservatory.start({ name: 'test', values: VALUES });
  t.teardown(async () => {
    await observatory.stop();
    await rm(observatory.directory, { recursive: true, force: true });
  });
  await observatory.ready();
});

/** Sends the bundled alert, moved into the sky, under another IVORN. */
async function send(ivorn: string, place: number): Promise<void> {
  const { config } = observatory;
  const alert = movedAlert(siteOf(config), limitsOf(config), observatory.now(), place);
  const bytes = Buffer.from(alert.bytes.toString().replaceAll(alert.ivorn, ivorn));
  const author = { host: '127.0.0.1', port: observatory.vtpPort };
  const answer = await sendVOEvent(author, bytes);
  if (!answer.accepted) throw new Error(`${ivorn} is not taken: ${JSON.stringify(answer)}`);
}

function sequenceOf(ivorn: string, wanted: (state: string) => boolean) {
  return observatory.until(PATIENCE_MS, `the sequence of ${ivorn} is there`, async () => {
    const found = (await observatory.sequences()).find((sequence) => sequence.ivorn === ivorn);
    return found && wanted(found.state) ? found : undefined;
  });
}

const finished = (ivorn: string) => sequenceOf(ivorn, (state) => state === 'FINISHED' || state === 'FAILED');

async function cameraState(): Promise<string> {
  const status = (await observatory.request('camera_vis', 'Status')) as { deviceState: string };
  return status.deviceState;
}

const imagesOf = ({ images }: Pick<SequenceSummary, 'images'>, wanted: 'VIS' | 'NIR') =>
  images.filter(({ detector }) => detector === wanted);

t.test('a target of opportunity ends the sequence that runs, which goes on later', async (t) => {
  await send(`${SLOW_STREAM}#1`, 1);
  await observatory.until(PATIENCE_MS, 'the second exposure is under way', async () => {
    const [slow] = await observatory.sequences();
    const hasOne = slow !== undefined && imagesOf(slow, 'VIS').length === 1;
    return (hasOne && (await cameraState()) === 'EXPOSING') || undefined;
  });
  await send(`${BURST_STREAM}#1`, 2);
  const burst = await finished(`${BURST_STREAM}#1`);
  t.match(burst, { state: 'FINISHED', images: { length: 2 } });
  const slow = await sequenceOf(`${SLOW_STREAM}#1`, () => true);
  t.match(slow, { reason: /^interrupted by / }, 'it was interrupted');
  t.equal(imagesOf(slow, 'VIS').length, 1, 'what was exposed when the alert came was given up');
  const infrared = imagesOf(slow, 'NIR').length;
  t.ok(infrared > 0 && infrared < 8, `the infrared camera has taken ${infrared} beside it`);
  t.ok((slow.images[0]?.storedMs ?? 0) < (burst.images[0]?.storedMs ?? 0));
  const done = await finished(`${SLOW_STREAM}#1`);
  t.match(done, { state: 'FINISHED', images: { length: 11 } }, 'and goes on after it');
  t.same([imagesOf(done, 'VIS').length, imagesOf(done, 'NIR').length], [3, 8], 'each camera where it was');
  t.ok(done.images.every(({ path, detector }) => existsSync(path) && path.includes(`_${detector}`)));
  t.equal(new Set(done.images.map(({ path }) => path)).size, 11);

  const { lastAlerts } = (await observatory.request('alert_manager', 'Status')) as {
    lastAlerts: { ivorn: string; opportunity?: unknown }[];
  };
  t.match(lastAlerts[0], { opportunity: { decision: 'NOW', reason: /priority of 8 is above 2 of / } });
  t.equal(lastAlerts[1]?.opportunity, undefined);

  t.comment('of equal rank it waits until the one that runs has finished');
  await send(`${BURST_STREAM}#2`, 3);
  await sequenceOf(`${BURST_STREAM}#2`, (state) => state !== 'SCHEDULED');
  await send(`${BURST_STREAM}#3`, 4);
  const [second, third] = [await finished(`${BURST_STREAM}#2`), await finished(`${BURST_STREAM}#3`)];
  t.match([second.state, third.state], ['FINISHED', 'FINISHED']);
  t.ok((second.times.endMs ?? 0) <= (third.times.slewMs ?? 0));
});

t.test(
  'whoever is killed in the middle of a sequence, its images come and its end is told once',
  async (t) => {
    const celery = new Celery('test', { config: observatory.config });
    t.teardown(() => celery.close());
    const pidOfAgent = async (name: string) =>
      ((await observatory.request(name, 'Status')) as { pid: number }).pid;
    const ofWorker = async (question: string, key: string) => {
      const [answer] = [...(await celery.control.inspect(question)).values()];
      return JSON.stringify(answer).match(new RegExp(`"${key}":(\\d+)`))?.[1];
    };
    const victims: Record<string, () => Promise<number>> = {
      majordome: () => pidOfAgent('majordome'),
      'the child of the worker': async () => Number(await ofWorker('active', 'worker_pid')),
      'the worker': async () => Number(await ofWorker('stats', 'pid')),
      task_broker: () => pidOfAgent('task_broker'),
    };
    const requestsFinished = async () => {
      const status = (await observatory.request('scheduler', 'Status')) as {
        requests: { finished: number };
        schedule: unknown[];
      };
      return status.schedule.length === 0 ? status.requests.finished : undefined;
    };
    const before = await observatory.until(PATIENCE_MS, 'nothing is scheduled', requestsFinished);
    let number = 0;
    for (const [name, pidOf] of Object.entries(victims)) {
      number += 1;
      const ivorn = `${LONG_STREAM}#${number}`;
      await send(ivorn, number);
      await sequenceOf(ivorn, (state) => state === 'EXPOSING');
      const pid = await pidOf();
      t.ok(pid > 1, `${name} has pid ${pid}`);
      await observatory.until(PATIENCE_MS, 'one image is there', async () => {
        const found = (await observatory.sequences()).find((sequence) => sequence.ivorn === ivorn);
        return (found?.images.length ?? 0) > 0 || undefined;
      });
      process.kill(pid, 'SIGKILL');
      const end = await finished(ivorn);
      t.match(end, { state: 'FINISHED', images: { length: 4 } }, `${name} is killed`);
      t.equal(new Set(end.images.map(({ path }) => path)).size, 4);
      const expected = before + number;
      await observatory.until(PATIENCE_MS, 'the scheduler knows', async () => {
        return (await requestsFinished()) === expected || undefined;
      });
    }
    t.equal(await cameraState(), 'IDLE');
  },
);

t.test('a task that is killed outright leaves the camera idle, for its exposure is given up', async (t) => {
  const celery = new Celery('test', { config: observatory.config });
  t.teardown(() => celery.close());
  await send(`${ENDLESS_STREAM}#1`, 1);
  await observatory.until(PATIENCE_MS, 'it exposes', async () => {
    return (await cameraState()) === 'EXPOSING' || undefined;
  });
  const [active] = [...(await celery.control.inspect('active')).values()] as {
    id: string;
    worker_pid: number;
  }[][];
  const { id = '', worker_pid: pid = 0 } = active?.[0] ?? {};
  const beganMs = performance.now();
  await celery.control.revoke(id, { terminate: true, signal: 'SIGKILL' });
  await observatory.until(PATIENCE_MS, 'the camera is idle', async () => {
    return (await cameraState()) === 'IDLE' || undefined;
  });
  t.comment(`idle ${Math.round(performance.now() - beganMs)} ms after its task was killed`);
  t.ok(performance.now() - beganMs < PATIENCE_MS, 'long before the exposure would have ended');
  // Its connections end a moment before its worker has taken leave of it.
  await observatory.until(PATIENCE_MS, 'its process is gone', async () =>
    existsSync(`/proc/${pid}`) ? undefined : true,
  );
  const end = await finished(`${ENDLESS_STREAM}#1`);
  t.match(end, { state: 'FAILED', images: { length: 0 } });
});
