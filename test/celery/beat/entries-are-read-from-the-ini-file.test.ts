import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseIni } from 'ini';
import t from 'tap';
import { type BeatEntry, parseBeatEntry, readBeatSection } from '../../../src/celery/beat/index.js';
import { packageRoot } from '../../../src/config/index.js';

const SITE = { name: 'Greenwich', latitudeDeg: 51.4779, longitudeDeg: 0, altitudeM: 46 };
const parse = (text: string) => parseBeatEntry('entry', text, SITE);

type Plain = Omit<BeatEntry, 'schedule' | 'name'> & { schedule: string };
const plain = ({ task, schedule, args, kwargs, options, missed }: BeatEntry): Plain => ({
  task,
  schedule: schedule.text,
  args,
  kwargs,
  options,
  missed,
});

t.test('an entry says task, schedule and options in one line', async (t) => {
  const bare = { args: [], kwargs: {}, options: {}, missed: 'run' };
  t.same(plain(parse('monitoring.tasks.monitoring every 5s')), {
    ...bare,
    task: 'monitoring.tasks.monitoring',
    schedule: 'every 5s',
  });
  t.same(plain(parse(' a  every 1.5h   relative ')), {
    ...bare,
    task: 'a',
    schedule: 'every 90min relative',
  });
  t.same(plain(parse('majordome.tasks.end_of_night solar dusk_nautical')), {
    ...bare,
    task: 'majordome.tasks.end_of_night',
    schedule: 'solar dusk_nautical',
  });
  t.same(
    plain(
      parse(
        'c.flats cron "0 18 * * mon-fri" args [1, "a] \\" b", {"x": [2]}] kwargs {"deep": {"y": "}"}} queue q.1 expires 60s priority 9 missed skip',
      ),
    ),
    {
      task: 'c.flats',
      schedule: 'cron "0 18 * * mon-fri"',
      args: [1, 'a] " b', { x: [2] }],
      kwargs: { deep: { y: '}' } },
      options: { queue: 'q.1', expiresMs: 60_000, priority: 9 },
      missed: 'skip',
    },
  );
  t.same(parse("c cron '0 18 * * *' missed run args []").args, []);
});

const WRONG: [text: string, found: string | RegExp, expected: RegExp][] = [
  ['', 'nothing', /name of a task/],
  ['9-lives every 5s', '"9-lives"', /name of a task/],
  ['a', 'nothing', /every DURATION, cron "FIELDS" or solar EVENT/],
  ['a hourly', '"hourly"', /every DURATION/],
  ['a toString', '"toString"', /every DURATION/],
  ['a every', 'nothing', /duration such as/],
  ['a every 5', '"5"', /duration such as/],
  ['a every 0s', '"0s"', /duration such as/],
  ['a every 5 s', '"5"', /duration such as/],
  ['a every 1ms', /interval of 0.001 s/, /from 10ms/],
  ['a cron 0 18 * * *', '"0 18 * * *"', /five fields in quotes/],
  ['a cron "0 18 * *"', '"0 18 * *"', /five fields/],
  ['a cron "0 0 30 2 *"', 'cron "0 0 30 2 *"', /never fire/],
  ['a solar noon', '"noon"', /dusk_nautical/],
  ['a every 5s every 6s', '"every"', /one of args, kwargs, queue, expires, priority, missed/],
  ['a every 5s args 1', '"1"', /JSON array/],
  ['a every 5s args {}', '"{}"', /JSON array/],
  ['a every 5s args [1', '"[1"', /JSON array/],
  ['a every 5s kwargs []', '"[]"', /JSON object/],
  ['a every 5s queue', 'nothing', /name of a queue/],
  ['a every 5s priority 10', '"10"', /0 to 9/],
  ['a every 5s missed maybe', '"maybe"', /missed run, or missed skip/],
  ['a every 5s queue q queue r', 'queue again', /it once/],
  [`a every 5s args [${'1,'.repeat(5000)}1]`, /10\d\d\d characters/, /at most 10000/],
];

t.test('a mistake names what was found and what is expected', async (t) => {
  for (const [text, found, expected] of WRONG)
    t.throws(() => parse(text), { code: 'SCHEDULE_INVALID', found, expected }, text.slice(0, 60));
});

t.test('a section gives its entries and all of its mistakes, each with its key', async (t) => {
  const keys = new Map([
    ['weather', 'monitoring.tasks.monitoring every 5s'],
    ['bad', 'x every now'],
    ['worse', 'x solar eclipse'],
    ['night', 'majordome.tasks.start solar sunset'],
  ]);
  const { entries, mistakes } = readBeatSection(keys, SITE);
  t.same(
    entries.map(({ name }) => name),
    ['weather', 'night'],
  );
  t.match(mistakes, [
    { section: 'celery.beat', key: 'bad', found: '"now"', expected: /duration/ },
    { section: 'celery.beat', key: 'worse', found: '"eclipse"', expected: /sunset/ },
  ]);
});

t.test(
  'the example of the documentation is read as it stands, by the package that reads the file',
  async (t) => {
    const page = readFileSync(join(packageRoot, 'docs/periodic.md'), 'utf8');
    const [, text = ''] = /```ini\n(.*?)```/s.exec(page) ?? [];
    const keys = Object.entries<string>(parseIni(text)['celery']?.['beat'] ?? {});
    const { entries, mistakes } = readBeatSection(keys, SITE);
    t.same(mistakes, []);
    t.match(entries.map(plain), [
      { schedule: 'every 5s', options: { expiresMs: 5000 }, missed: 'skip' },
      { schedule: 'solar dawn_nautical' },
      {
        schedule: 'cron "0 18 * * mon-fri"',
        args: ['r', 5],
        kwargs: { binning: 2 },
        options: { queue: 'calibration' },
      },
    ]);
  },
);
