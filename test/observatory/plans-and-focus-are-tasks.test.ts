// The tasks of one camera, run here as a worker's child runs them, with simulated devices and a clock that the test moves.
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { safeParse } from 'valibot';
import { Celery, type Task, type TaskRequest } from '../../src/celery/index.js';
import { loadConfig } from '../../src/config/index.js';
import { requestSchema } from '../../src/observatory/index.js';
import { Autofocus, ExecutePlanNir, ExecutePlanVis } from '../../src/observatory/tasks/index.js';
import { HorizonFrame } from '../../src/sky/index.js';
import { InstrumentLab } from '../helpers/instrument-lab.js';

const AGENTS = ['telescope', 'camera_vis', 'camera_nir', 'filterwheel_vis', 'focuser'];
const SITE = { name: 'Test', latitudeDeg: 31.0439, longitudeDeg: -115.4637, altitudeM: 2800 };
const SMALL = ['width = 256', 'height = 256', 'pixel_scale = 4'];

async function labFor(t: Test): Promise<InstrumentLab> {
  const lab = await InstrumentLab.start(t, AGENTS, {
    camera_vis: SMALL,
    camera_nir: SMALL,
    filterwheel_vis: ['filters = g, r, dark'],
  });
  const { raDeg, decDeg } = new HorizonFrame(SITE, lab.clock.now()).equatorial({
    altitudeDeg: 60,
    azimuthDeg: 20,
  });
  await lab.say(`DO TELESCOPE GOTO RA=${raDeg}deg DEC=${decDeg}deg`);
  return lab;
}

/** A run of a task, and the states that it tells. */
function begin<A extends unknown[], R>(lab: InstrumentLab, task: Task<A, R>, ...args: A) {
  const controller = new AbortController();
  const states: string[] = [];
  task.bind({ clock: lab.clock, config: lab.config } as unknown as Celery);
  const request = { id: 'id', signal: controller.signal } as unknown as TaskRequest;
  task.enter({ request, updateState: (state) => states.push(state) });
  const run = (async () => task.run(...args))();
  run.catch(() => undefined);
  return { run, states, terminate: () => controller.abort(new Error('terminated')) };
}

const card = (path: string, name: string) =>
  new RegExp(`${name} *= *'?([^ '/]+)`).exec(readFileSync(path, 'latin1'))?.[1];

t.test('a plan is taken through its filter, a little apart, and the telescope is where it was', async (t) => {
  const lab = await labFor(t);
  const before = await lab.begin('GET TELESCOPE POSITION');
  const { run, states } = begin(lab, new ExecutePlanVis(), { filter: 'r', exposureS: 2, count: 3 }, 60);
  const { images } = await lab.during(run);
  t.same(states, ['IMAGE', 'IMAGE', 'IMAGE']);
  t.same(new Set(images.map((path) => card(path, 'FILTER'))), new Set(['r']));
  const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = images.map((path) =>
    Number(card(path, 'CRVAL2')),
  );
  t.ok(Math.abs(second - first) < 0.005, 'first east');
  t.ok(Math.abs(third - second - 60 / 3600) < 0.005, 'then north');
  const after = await lab.begin('GET TELESCOPE POSITION');
  t.ok(Math.abs(Number(after?.['DEC']) - Number(before?.['DEC'])) < 0.005);
});

t.test('the infrared camera has its own, without a wheel', async (t) => {
  const lab = await labFor(t);
  const plan = { filter: 'J', exposureS: 1, count: 1 };
  const { images } = await lab.during(begin(lab, new ExecutePlanNir(), plan).run);
  t.match(images, [/_NIR/]);
});

t.test(
  'terminated, a plan leaves its camera idle: the shutter is closed, and nothing is stored',
  async (t) => {
    const lab = await labFor(t);
    const state = async () => (await lab.begin('GET CAMERA:VIS STATE'))?.['STATE'];
    const plan = { filter: 'g', exposureS: 600, count: 2 };
    const { run, states, terminate } = begin(lab, new ExecutePlanVis(), plan);
    await lab.until(async () => (await state()) === 'EXPOSING', 200);
    terminate();
    await t.rejects(run, 'without any time for the exposure to end by itself');
    t.equal(await state(), 'IDLE');
    t.same(states, []);
  },
);

t.test('the focus is searched with a camera', async (t) => {
  const lab = await labFor(t);
  const wrong = begin(lab, new Autofocus(), 'UV' as string as 'VIS');
  await t.rejects(wrong.run, { code: 'INVALID_PLAN', message: /"UV": expected VIS or NIR/ });
  await t.rejects(begin(lab, new Autofocus(), 'VIS', 4).run, {
    code: 'INVALID_PLAN',
    message: /from 5 to 25/,
  });
  const found = await lab.during(begin(lab, new Autofocus(), 'VIS', 5).run);
  const { POSITION } = (await lab.begin('GET FOCUSER POSITION')) ?? {};
  t.equal(POSITION, found.position);
  t.ok(found.fwhmArcsec > 0);
});

t.test('what is no plan is refused, and says what is expected', async (t) => {
  const lab = await labFor(t);
  const plan = { filter: 'r', exposureS: 1, count: 1 };
  const noCount = { filter: 'r', exposureS: 1 } as typeof plan;
  await t.rejects(begin(lab, new ExecutePlanVis(), noCount).run, {
    code: 'INVALID_PLAN',
    message: /the plan is .* expected filter, exposureS and count/,
  });
  await t.rejects(begin(lab, new ExecutePlanVis(), plan, -1).run, {
    message: /the dither is -1: expected arc/,
  });
  const album = { detector: 'VIS', plans: [plan] };
  const sequence = { id: '1', target: { raDeg: 0, decDeg: 0 }, albums: [album, album] };
  const request = { id: 'r', name: 'r', priority: 1, strategy: 's', sequences: [sequence] };
  t.match(safeParse(requestSchema, request).issues, [{ message: /one album for each detector/ }]);
});

t.test('the INI file that comes with PyROS routes the tasks to the worker of the sequences', async (t) => {
  const config = loadConfig();
  const app = new Celery('test', { config });
  t.teardown(() => app.close());
  await app.loadImports();
  const [sequences] = config.celery?.workers ?? [];
  for (const name of ['execute_sequence', 'execute_plan_vis', 'execute_plan_nir', 'autofocus']) {
    const task = app.task(`observation.tasks.${name}`);
    t.match(JSON.stringify(sequences), app.queueOf(task.name));
  }
});
