// The times are compared with those that astronomy-engine finds by its own search, and with almanacs.
import { Body, MakeTime, Observer, SearchAltitude, SearchHourAngle } from 'astronomy-engine';
import t from 'tap';
import { SOLAR_EVENTS, Solar, type SolarEvent } from '../../../src/celery/beat/index.js';

const GREENWICH = { name: 'Greenwich', latitudeDeg: 51.4779, longitudeDeg: 0, altitudeM: 46 };
const PARANAL = { name: 'Paranal', latitudeDeg: -24.6275, longitudeDeg: -70.4044, altitudeM: 2635 };
const TROMSO = { name: 'Tromso', latitudeDeg: 69.65, longitudeDeg: 18.96, altitudeM: 10 };
const POLE = { name: 'South Pole', latitudeDeg: -90, longitudeDeg: 0, altitudeM: 2835 };
const SITES = [GREENWICH, PARANAL, TROMSO];

const DAY_MS = 86_400_000;
const at = (text: string) => Date.parse(text);
const next = (event: SolarEvent, site: typeof POLE, after: string) => new Solar(event, site).next(at(after));

const ALTITUDES: Partial<Record<SolarEvent, [altitudeDeg: number, direction: 1 | -1]>> = {
  dawn_astronomical: [-18, 1],
  dawn_nautical: [-12, 1],
  dawn_civil: [-6, 1],
  sunrise: [-50 / 60, 1],
  sunset: [-50 / 60, -1],
  dusk_civil: [-6, -1],
  dusk_nautical: [-12, -1],
  dusk_astronomical: [-18, -1],
};

t.test('every event of a year comes when astronomy-engine says', async (t) => {
  for (const site of SITES) {
    const observer = new Observer(site.latitudeDeg, site.longitudeDeg, site.altitudeM);
    for (const event of SOLAR_EVENTS) {
      const errors: number[] = [];
      for (let day = 0; day < 360; day += 29) {
        const afterMs = at('2026-01-05T03:00:00Z') + day * DAY_MS;
        const start = MakeTime(new Date(afterMs));
        const [altitudeDeg, direction] = ALTITUDES[event] ?? [];
        const expected =
          altitudeDeg === undefined || direction === undefined
            ? SearchHourAngle(Body.Sun, observer, 0, start, 1).time
            : SearchAltitude(Body.Sun, observer, direction, start, 200, altitudeDeg);
        errors.push(Math.abs(new Solar(event, site).next(afterMs) - (expected?.date.getTime() ?? 0)));
      }
      t.ok(Math.max(...errors) < 2000, `${event} at ${site.name}: ${Math.max(...errors)} ms`);
    }
  }
});

t.test('and when the almanac says, to the minute', async (t) => {
  const minute = (timeMs: number) => new Date(timeMs + 30_000).toISOString().slice(0, 16);
  t.equal(minute(next('sunrise', GREENWICH, '2026-06-21T00:00:00Z')), '2026-06-21T03:43');
  t.equal(minute(next('sunset', GREENWICH, '2026-06-21T12:00:00Z')), '2026-06-21T20:21');
  // The equation of time of 3 November: the Sun is 16 min 26 s early.
  t.equal(
    new Date(next('solar_noon', GREENWICH, '2026-11-03T06:00:00Z')).toISOString().slice(0, 16),
    '2026-11-03T11:43',
  );
});

t.test('an event is the same whenever it is asked for, and comes once', async (t) => {
  for (const site of SITES) {
    for (const event of SOLAR_EVENTS) {
      const schedule = new Solar(event, site);
      const dueMs = schedule.next(at('2026-03-10T00:00:00Z'));
      t.equal(dueMs % 1000, 0);
      for (const beforeMs of [1, 999, 1000, 77_777, 3_600_000])
        t.equal(schedule.next(dueMs - beforeMs), dueMs);
      for (const laterMs of [0, 1, 999]) t.ok(schedule.next(dueMs + laterMs) > dueMs + DAY_MS / 2, event);
      t.equal(schedule.latest(dueMs - 1000, dueMs + 3000), dueMs);
      t.equal(schedule.latest(dueMs, dueMs + 3000), undefined);
    }
  }
});

t.test('in polar day and night an event waits until it really happens', async (t) => {
  // Tromso: no sunrise from the end of November to the middle of January, no sunset from the middle of May to late July.
  t.match(new Date(next('sunrise', TROMSO, '2026-12-01T00:00:00Z')).toISOString(), /^2027-01-1[45]/);
  t.match(new Date(next('sunset', TROMSO, '2026-05-25T00:00:00Z')).toISOString(), /^2026-07-2[5-7]/);
  t.match(new Date(next('solar_noon', TROMSO, '2026-12-21T00:00:00Z')).toISOString(), /^2026-12-21T10:4/);
  // No astronomical dusk in the summer of Greenwich.
  t.match(new Date(next('dusk_astronomical', GREENWICH, '2026-06-01T00:00:00Z')).toISOString(), /^2026-07-2/);
  // At the pole the Sun sets once a year, two days after the equinox, for its edge and the air.
  t.match(new Date(next('sunset', POLE, '2026-01-01T00:00:00Z')).toISOString(), /^2026-03-2[23]/);
  t.match(new Date(next('sunrise', POLE, '2026-04-01T00:00:00Z')).toISOString(), /^2026-09-2[01]/);
});

t.test('an unknown event is refused with those that there are', async (t) => {
  t.throws(() => new Solar('noon' as SolarEvent, POLE), {
    code: 'SCHEDULE_INVALID',
    message: /"noon", expected dawn_astronomical, .*dusk_nautical/,
  });
  t.throws(() => new Solar('toString' as SolarEvent, POLE), { code: 'SCHEDULE_INVALID' });
});
