import t from 'tap';
import { Crontab, type CrontabFields, Interval } from '../../../src/celery/beat/index.js';

const at = (text: string) => Date.parse(text);
const iso = (timeMs: number) => new Date(timeMs).toISOString().replace(':00.000Z', 'Z');

const DUE: [cron: string, after: string, due: string][] = [
  ['* * * * *', '2026-11-23T10:00:00Z', '2026-11-23T10:01Z'],
  ['* * * * *', '2026-11-23T10:00:59.999Z', '2026-11-23T10:01Z'],
  ['0 18 * * *', '2026-11-23T17:59:59.999Z', '2026-11-23T18:00Z'],
  ['0 18 * * *', '2026-11-23T18:00:00Z', '2026-11-24T18:00Z'],
  ['*/15 * * * *', '2026-11-23T10:46:00Z', '2026-11-23T11:00Z'],
  ['59 23 31 12 *', '2026-12-31T23:59:00Z', '2027-12-31T23:59Z'],
  ['0 0 31 * *', '2026-01-31T00:00:00Z', '2026-03-31T00:00Z'],
  ['0 0 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T00:00Z'],
  ['0 0 29 2 *', '2096-02-29T00:00:00Z', '2104-02-29T00:00Z'],
  // 2024, 2052, 2080 and, since 2100 is none, 2120: the 29th of February on a Thursday.
  ['0 0 29 2 thu', '2080-02-29T00:00:00Z', '2120-02-29T00:00Z'],
  ['30 12 * * mon-fri', '2026-11-27T12:30:00Z', '2026-11-30T12:30Z'],
  ['0 0 * * sunday', '2026-11-23T00:00:00Z', '2026-11-29T00:00Z'],
  ['0 0 * * fri-mon', '2026-11-24T00:00:00Z', '2026-11-27T00:00Z'],
  // Both days must fit: the first Monday of a month.
  ['0 0 1-7 * 1', '2026-11-03T00:00:00Z', '2026-12-07T00:00Z'],
  ['5,10-20/5 8-10 * jan,jul *', '2026-11-23T00:00:00Z', '2027-01-01T08:05Z'],
  ['5,10-20/5 8-10 * 1,7 *', '2026-07-31T10:15:00Z', '2026-07-31T10:20Z'],
  ['0 22-2 * * *', '2026-11-23T02:00:00Z', '2026-11-23T22:00Z'],
  ['0 22-2/2 * * *', '2026-11-23T22:00:00Z', '2026-11-24T00:00Z'],
  ['0 0 */3 * *', '2026-11-28T00:00:00Z', '2026-12-01T00:00Z'],
];

t.test('a crontab expression falls due at the known times', async (t) => {
  for (const [cron, after, due] of DUE)
    t.equal(iso(Crontab.parse(cron).next(at(after))), due, `${cron} after ${after}`);
});

/** What an expression means, without any of the code under test: minute by minute. */
function fits(timeMs: number, fields: Required<Record<keyof CrontabFields, number[]>>): boolean {
  const date = new Date(timeMs);
  return (
    fields.minute.includes(date.getUTCMinutes()) &&
    fields.hour.includes(date.getUTCHours()) &&
    fields.dayOfMonth.includes(date.getUTCDate()) &&
    fields.monthOfYear.includes(date.getUTCMonth() + 1) &&
    fields.dayOfWeek.includes(date.getUTCDay())
  );
}

t.test('over three years and a leap day, every due minute is found and no other', async (t) => {
  const fields = {
    minute: [7, 59],
    hour: [0, 13, 23],
    dayOfMonth: [1, 15, 28, 29, 30, 31],
    monthOfYear: [1, 2, 4, 12],
    dayOfWeek: [0, 2, 3, 5, 6],
  };
  const schedule = new Crontab(fields);
  const expected: number[] = [];
  const [fromMs, toMs] = [at('2026-12-01T00:00:00Z'), at('2029-12-31T00:00:00Z')];
  for (let timeMs = fromMs; timeMs < toMs; timeMs += 60_000) if (fits(timeMs, fields)) expected.push(timeMs);
  const found: number[] = [];
  for (let dueMs = schedule.next(fromMs); dueMs < toMs; dueMs = schedule.next(dueMs)) found.push(dueMs);
  t.ok(expected.length > 100);
  t.same(found, expected);
  for (const index of [0, 1, 50, expected.length - 1])
    t.equal(schedule.latest(fromMs, (expected[index] ?? 0) + 30_000), expected[index]);
  t.equal(schedule.latest(fromMs, fromMs + 60_000), undefined);
  t.equal(schedule.latest(expected[3] ?? 0, (expected[4] ?? 0) - 1), undefined);
});

t.test('the last of a hundred years of missed minutes is found at once', async (t) => {
  const nowMs = at('2026-11-23T10:00:30Z');
  t.equal(new Crontab().latest(at('1926-01-01T00:00:00Z'), nowMs), nowMs - 30_000);
  t.equal(new Interval(1).latest(at('1926-01-01T00:00:00Z'), nowMs), nowMs);
});

t.test('what would never fire, and what is no expression, is refused and says what is', async (t) => {
  for (const cron of ['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 30-31 feb *'])
    t.throws(() => Crontab.parse(cron), { code: 'SCHEDULE_INVALID', message: /would never fire/ }, cron);
  const wrong: [cron: string, message: RegExp][] = [
    ['60 * * * *', /found "60" as minute, expected .*0 to 59/],
    ['* 24 * * *', /"24" as hour, expected .*0 to 23/],
    ['* * 0 * *', /"0" as day of the month, .*1 to 31/],
    ['* * * 13 *', /"13" as month/],
    ['* * * * 7', /"7" as day of the week, .*0 to 6, or names such as mon/],
    ['* * * * xyz', /"xyz" as day of the week/],
    ['mon * * * *', /"mon" as minute/],
    ['*/0 * * * *', /"\*\/0" as minute/],
    ['5/2 * * * *', /"5\/2" as minute/],
    ['1,,2 * * * *', /nothing as minute/],
    ['-1 * * * *', /"-1" as minute/],
    ['1-2-3 * * * *', /"1-2-3" as minute/],
    ['* * * *', /five fields/],
    ['* * * * * *', /five fields/],
  ];
  for (const [cron, message] of wrong)
    t.throws(() => Crontab.parse(cron), { code: 'SCHEDULE_INVALID', message }, cron);
  t.throws(() => new Crontab({ hour: 1.5 }), { code: 'SCHEDULE_INVALID' });
  t.throws(() => new Crontab({ hour: [] }), { code: 'SCHEDULE_INVALID' });
});

t.test('an interval keeps its beat, and a relative one takes full units', async (t) => {
  const startMs = at('2026-11-23T10:20:30.500Z');
  const next = (everyS: number, relative = false) =>
    new Date(new Interval(everyS, { relative }).next(startMs)).toISOString();
  t.equal(next(5), '2026-11-23T10:20:35.500Z');
  t.equal(next(0.25), '2026-11-23T10:20:30.750Z');
  t.equal(next(5, true), '2026-11-23T10:20:35.000Z');
  t.equal(next(600, true), '2026-11-23T10:30:00.000Z');
  t.equal(next(3600, true), '2026-11-23T11:00:00.000Z');
  t.equal(next(2 * 86_400, true), '2026-11-25T00:00:00.000Z');
  for (const relative of [false, true]) {
    for (const everyS of [0.5, 5, 90, 600, 3600, 5400, 86_400]) {
      const schedule = new Interval(everyS, { relative });
      let dueMs = schedule.next(startMs);
      t.equal(schedule.latest(startMs, dueMs - 1), undefined);
      for (let count = 0; count < 5; count++) dueMs = schedule.next(dueMs);
      t.equal(schedule.latest(startMs, dueMs + 100), dueMs, schedule.text);
    }
  }
  t.same(
    [5, 600, 5400, 0.25].map((everyS) => new Interval(everyS).text),
    ['every 5s', 'every 10min', 'every 90min', 'every 250ms'],
  );
  for (const everyS of [0, -1, Number.NaN, 1e12])
    t.throws(() => new Interval(everyS), { code: 'SCHEDULE_INVALID' });
});
