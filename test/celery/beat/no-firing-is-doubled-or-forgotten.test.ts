import { join } from 'node:path';
import t from 'tap';
import {
  Beat,
  type BeatEntry,
  type BeatMark,
  type BeatRecord,
  firingId,
  parseBeatEntry,
  TableRecord,
} from '../../../src/celery/beat/index.js';
import { ManualClock } from '../../../src/clock/index.js';
import { Store } from '../../../src/store/index.js';

const SITE = { name: 'Greenwich', latitudeDeg: 51.4779, longitudeDeg: 0, altitudeM: 46 };
const START_MS = Date.parse('2026-11-23T10:00:00Z');
const S = 1000;
const HOUR = 3600 * S;
const entry = (text: string, name = 'entry'): BeatEntry => parseBeatEntry(name, text, SITE);

class MemoryRecord implements BeatRecord {
  readonly marks = new Map<string, BeatMark>();
  names = () => [...this.marks.keys()];
  last = (name: string) => this.marks.get(name);
  async keep(name: string, mark: BeatMark) {
    this.marks.set(name, mark);
  }
  async forget(name: string) {
    this.marks.delete(name);
  }
}

interface Fired {
  name: string;
  dueS: number;
  atS: number;
  taskId: string;
}

/** A beat whose firings are listed, with times in seconds since the start. */
function observed(
  clock: ManualClock,
  record: BeatRecord,
  entries: BeatEntry[],
  failures: { count: number } = { count: 0 },
) {
  const fired: Fired[] = [];
  const retries: number[] = [];
  const since = (timeMs: number) => (timeMs - START_MS) / S;
  const beat = new Beat({
    clock,
    record,
    entries,
    async send({ name }, dueMs, taskId) {
      fired.push({ name, dueS: since(dueMs), atS: since(clock.now()), taskId });
      if (failures.count-- > 0) throw new Error('the broker is away');
    },
    onError: (_entry, _error, retryMs) => retries.push(retryMs),
  });
  return { beat, fired, retries };
}

const dues = (fired: Fired[]) => fired.map(({ dueS }) => dueS);

t.test('entries fire on time, each by its own schedule, and a new one not before its time', async (t) => {
  const clock = new ManualClock(START_MS);
  const entries = [entry('a every 20s', 'a'), entry('b cron "*/1 * * * *"', 'b')];
  const { beat, fired } = observed(clock, new MemoryRecord(), entries);
  await beat.start();
  t.same(
    beat.status.map(({ entry, dueMs, lastMs }) => [entry.name, dueMs, lastMs]),
    [
      ['a', START_MS + 20 * S, START_MS],
      ['b', START_MS + 60 * S, START_MS],
    ],
  );
  await clock.advance(65 * S);
  const texts = fired.map(({ name, dueS, atS }) => `${name} due ${dueS} at ${atS}`);
  t.same(texts.sort(), ['a due 20 at 20', 'a due 40 at 40', 'a due 60 at 60', 'b due 60 at 60']);
  t.equal(new Set(fired.map(({ taskId }) => taskId)).size, 4);
  await beat.stop();
  t.equal(clock.pending, 0, 'no timer is left');
  await clock.advance(HOUR);
  t.equal(fired.length, 4);
});

t.test('what was missed fires once for all, or not at all, and the beat is kept', async (t) => {
  for (const [missed, expected] of [
    ['run', [30, 90, 120]],
    ['skip', [30, 120]],
  ] as const) {
    const [clock, record] = [new ManualClock(START_MS), new MemoryRecord()];
    const entries = [entry(`a every 30s missed ${missed}`)];
    const first = observed(clock, record, entries);
    await first.beat.start();
    await clock.advance(35 * S);
    await first.beat.stop();
    await clock.advance(70 * S);
    // 105 s: the firings of 60 and 90 s were missed.
    const second = observed(clock, record, entries);
    await second.beat.start();
    await clock.advance(20 * S);
    await second.beat.stop();
    t.same(dues([...first.fired, ...second.fired]), expected, missed);
  }
});

t.test('a crash between sending and recording sends the same id again', async (t) => {
  const [clock, record] = [new ManualClock(START_MS), new MemoryRecord()];
  const crashing: BeatRecord = {
    names: record.names,
    last: record.last,
    forget: record.forget,
    keep: async (name, mark) => {
      if (mark.lastMs > START_MS) await new Promise(() => {});
      await record.keep(name, mark);
    },
  };
  const before = observed(clock, crashing, [entry('a cron "0 11 * * *"')]);
  await before.beat.start();
  await clock.advance(HOUR);
  t.equal(before.fired.length, 1);
  // The process is gone here. The next one starts two hours later, with what was recorded.
  const nextClock = new ManualClock(START_MS + 3 * HOUR);
  const after = observed(nextClock, record, [entry('a cron "0 11 * * *"')]);
  await after.beat.start();
  await nextClock.advance(S);
  t.same(
    after.fired.map(({ dueS, taskId }) => [dueS, taskId]),
    [[3600, before.fired[0]?.taskId]],
  );
  await after.beat.stop();
});

t.test('a broker that is away is tried again, ever more slowly, with the same id', async (t) => {
  const clock = new ManualClock(START_MS);
  const { beat, fired, retries } = observed(clock, new MemoryRecord(), [entry('a every 1h')], { count: 8 });
  await beat.start();
  await clock.advance(HOUR + 300 * S);
  t.same(
    retries,
    [1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * S),
  );
  t.equal(fired.length, 9);
  t.equal(new Set(fired.map(({ taskId }) => taskId)).size, 1);
  await clock.advance(HOUR);
  t.equal(fired.at(-1)?.dueS, 7200, 'the beat is kept');
  await beat.stop();
});

t.test('a stop waits for what is being sent', async (t) => {
  const clock = new ManualClock(START_MS);
  let sent = () => {};
  const record = new MemoryRecord();
  const beat = new Beat({
    clock,
    record,
    entries: [entry('a every 1s')],
    send: () =>
      new Promise((resolve) => {
        sent = resolve;
      }),
  });
  await beat.start();
  await clock.advance(S);
  let hasStopped = false;
  const stopped = beat.stop().then(() => {
    hasStopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(hasStopped);
  sent();
  await stopped;
  t.equal(record.last('entry')?.lastMs, START_MS + S);
  t.equal(clock.pending, 0);
});

t.test(
  'a changed schedule begins anew, changed arguments do not, and a removed entry is forgotten',
  async (t) => {
    const [clock, record] = [new ManualClock(START_MS), new MemoryRecord()];
    const start = async (entries: BeatEntry[], ms: number) => {
      const { beat, fired } = observed(clock, record, entries);
      await beat.start();
      await clock.advance(ms);
      await beat.stop();
      return dues(fired);
    };
    t.same(await start([entry('a cron "0 9 * * *"', 'a'), entry('b every 2h', 'b')], HOUR), []);
    // 11:00. The ninth hour has passed, but not for an entry that said 9 before and says 10 now.
    t.same(
      await start([entry('a cron "0 10 * * *"', 'a'), entry('b every 2h args [1]', 'b')], 90 * 60 * S),
      [7200],
    );
    t.same(await start([entry('a cron "0 10 * * *"', 'a')], 0), []);
    t.same(record.names(), ['a']);
    t.same(await start([entry('b every 2h', 'b')], 60 * S), [], 'what comes back begins anew');
  },
);

t.test('a clock that was set back begins a new series: the night is run again, with other ids', async (t) => {
  const record = new MemoryRecord();
  const ids: string[] = [];
  for (let night = 0; night < 2; night++) {
    const clock = new ManualClock(START_MS);
    const { beat, fired } = observed(clock, record, [entry('a solar dusk_nautical')]);
    await beat.start();
    await clock.advance(12 * HOUR);
    await beat.stop();
    t.equal(fired.length, 1);
    t.match(new Date(START_MS + (fired[0]?.dueS ?? 0) * S).toISOString(), /^2026-11-23T17:/);
    ids.push(fired[0]?.taskId ?? '');
  }
  t.not(ids[0], ids[1]);
  // A few seconds are a correction, and what was fired is not fired again.
  const lastMs = record.last('entry')?.lastMs ?? 0;
  const clock = new ManualClock(lastMs - 5 * S);
  const { beat, fired } = observed(clock, record, [entry('a solar dusk_nautical')]);
  await beat.start();
  await clock.advance(HOUR);
  await beat.stop();
  t.same(fired, []);
});

t.test('the record in a table outlives its process', async (t) => {
  const path = join(t.testdir(), 'beat.lmdb');
  const mark: BeatMark = { schedule: 'every 5s', lastMs: 1_795_461_663_933, series: 1 };
  const store = new Store(path);
  const record = new TableRecord(store.table<string, BeatMark>('beat'));
  await record.keep('a', mark);
  await record.keep('b', mark);
  await record.forget('b');
  await store.close();
  const again = new Store(path);
  const found = new TableRecord(again.table<string, BeatMark>('beat'));
  t.same(found.names(), ['a']);
  t.same(found.last('a'), mark);
  t.equal(found.last('b'), undefined);
  await again.close();
});

t.test('an id is a UUID that entry, due time and series make, for ever', async (t) => {
  t.equal(firingId('a', 5, 1), firingId('a', 5, 1));
  t.match(firingId('a', 5, 1), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.equal(
    new Set([firingId('a', 5, 1), firingId('b', 5, 1), firingId('a', 6, 1), firingId('a', 5, 2)]).size,
    4,
  );
  t.equal(
    firingId('weather', START_MS, 1),
    '913dca31-b4f5-5555-a150-8ef0d33b2360',
    'a firing under way during an update is known to the next version',
  );
});
