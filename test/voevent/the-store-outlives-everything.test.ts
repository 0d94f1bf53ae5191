import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { packageRoot } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';
import { Store } from '../../src/store/index.js';
import { EventStore, findEvent, parseVOEvent, sendVOEvent } from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { aBroker, numbered } from './brokers.js';
import { fixture, fixturesAnswered, smallEvent } from './fixtures.js';

const HOUR_MS = 3_600_000;

function eventStore(t: Test) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const path = join(t.testdir(), 'events.lmdb');
  const database = new Store(path);
  t.teardown(() => database.close());
  const events = new EventStore(database, clock);
  const add = (text: string | Buffer, from = 'author') => {
    const bytes = Buffer.from(text);
    return events.add(bytes, parseVOEvent(bytes), { from });
  };
  return { clock, database, events, add, path };
}

t.test('old events are cleared away, and recognised for ever', async (t) => {
  const { clock, database, events, add, path } = eventStore(t);
  for (let n = 0; n < 500; n += 1) await add(numbered(n));
  await clock.advance(2 * HOUR_MS);
  for (let n = 500; n < 510; n += 1) await add(numbered(n));
  t.equal(await events.clear({ maxAgeMs: HOUR_MS }), 500);
  t.equal(events.count, 10);
  t.equal(
    events.bytes,
    Array.from({ length: 10 }, (_, n) => numbered(500 + n).length).reduce((a, b) => a + b),
  );
  t.equal((await add(numbered(7))).fresh, false);
  t.same(events.byIvorn('ivo://pyros.test/room#7'), []);
  t.equal(await events.clear({ maxBytes: 3 * numbered(500).length }), 7);
  t.equal(events.count, 3);
  t.equal(await events.clear({}), 0);
  t.equal(
    await events.clear({ maxAgeMs: 0, maxBytes: 0 }, (arrival) => arrival === 508),
    0,
    'a handler waits for it',
  );
  await clock.advance(1);
  t.equal(await events.clear({ maxAgeMs: 0 }), 3);
  await database.close();
  const again = new Store(path);
  t.teardown(() => again.close());
  const reopened = new EventStore(again, clock);
  t.equal(
    (await reopened.add(Buffer.from(numbered(3)), parseVOEvent(Buffer.from(numbered(3))), { from: 'x' }))
      .fresh,
    false,
  );
  const fresh = Buffer.from(numbered(999));
  t.equal(
    (await reopened.add(fresh, parseVOEvent(fresh), { from: 'x' })).arrival,
    511,
    'numbers are never given twice',
  );
});

t.test('events are found by time, name, role, stream and place', async (t) => {
  const { clock, events, add } = eventStore(t);
  const names = fixturesAnswered('ack').sort();
  for (const name of names) {
    await add(fixture(name), name);
    await clock.advance(HOUR_MS);
  }
  const found = (query: object) =>
    events
      .find({ limit: 100, ...query })
      .events.map(({ from }) => from)
      .reverse();
  const ofAll = (pattern: RegExp) => names.filter((name) => pattern.test(name));
  t.same(found({}), names);
  t.same(found({ stream: 'ivo://org.svom/' }), ofAll(/svom/));
  t.same(found({ role: 'test' }), ['swift-bat-grb-pos-test.xml']);
  t.same(found({ ivorn: 'S230518h' }), ofAll(/lvc/));
  t.same(found({ cone: { raDeg: 319.66, decDeg: -34.9, radiusDeg: 0.1 } }), [
    'swift-bat-grb-pos.xml',
    'swift-xrt-pos.xml',
  ]);
  const [bat] = events.find({ ivorn: 'BAT_GRB_Pos_655721', limit: 1 }).events;
  const { raDeg = 0, decDeg = 0 } = bat?.position ?? {};
  const beside = { raDeg, decDeg: decDeg + 0.049, radiusDeg: 0 };
  t.same(found({ cone: beside }), ['swift-bat-grb-pos.xml'], 'the error circle counts');
  const start = Date.UTC(2026, 0, 1);
  t.same(found({ sinceMs: start + 2 * HOUR_MS, untilMs: start + 4 * HOUR_MS }), names.slice(2, 4));
  t.equal(events.arrivalAt(start + 2 * HOUR_MS), 2);
  t.equal(events.arrivalAt(start), 0);
  t.equal(events.arrivalAt(start + 1000 * HOUR_MS), names.length);
  t.same(
    events.after(names.length - 2, 10).map(({ from }) => from),
    names.slice(-2),
  );
  const page = events.find({ limit: 2 });
  t.equal(page.next, names.length - 1);
  t.same(events.find({ limit: 1, before: page.next }).events[0]?.from, names.at(-3));
  t.equal(findEvent(events, '1')?.from, names[0]);
  t.equal(findEvent(events, events.at(2)?.id ?? '')?.arrival, 2);
  t.equal(findEvent(events, events.at(2)?.ivorn ?? '')?.arrival, 2);
  t.equal(findEvent(events, 'nothing'), undefined);
});

t.test('the broker clears away by itself, but nothing that is still to be done', async (t) => {
  const program = '/nonexistent/program';
  const settings = { retention: { maxAgeMs: HOUR_MS }, commands: [program] };
  const { broker, send, clock, timers } = await aBroker(t, settings);
  await send(numbered(1));
  await until(10_000, () => failuresOf(broker) >= 1);
  await clock.advance(2 * HOUR_MS);
  await timers.advance(600_000);
  await until(10_000, () => broker.events.count === 0 || failuresOf(broker) >= 5);
  for (let n = 0; n < 20 && broker.events.count > 0; n += 1) await timers.advance(600_000);
  await until(10_000, () => broker.events.count === 0);
  t.equal(failuresOf(broker), 5, 'only when its program had been given up');
});

t.test('the broker keeps no more bytes than it may', async (t) => {
  const settings = { retention: { maxBytes: 3 * numbered(1).length } };
  const { broker, send, timers } = await aBroker(t, settings);
  for (let n = 1; n <= 5; n += 1) await send(numbered(n));
  t.equal(broker.events.count, 5);
  // An event that is on its way from the log into the tables is cleared away the next time.
  await until(20_000, async () => {
    await timers.advance(600_000);
    return (broker.report()['stored'] as { cleared: number }).cleared === 2;
  });
  t.match(broker.report(), { stored: { count: 3, bytes: settings.retention.maxBytes } });
  t.ok((await send(numbered(1))).accepted);
  t.equal(broker.events.count, 3, 'what was cleared away is recognised');
});

t.test('when the disk is full there is no acknowledgement, and what is stored stays whole', async (t) => {
  const directory = t.testdir();
  const [port = 0] = await freePorts(1);
  const text = smallEvent(`<Description>${'x'.repeat(50_000)}</Description>`, 'ivo://pyros.test/room#NUMBER');
  const event = (n: number) => Buffer.from(text.replace('NUMBER', String(n)));
  // No file may grow beyond 2 MiB: to the store that is a disk that is full.
  const full = await comet(t, directory, port, `trap '' XFSZ; ulimit -f 2048;`);
  const acknowledged: number[] = [];
  for (let n = 0; n < 200; n += 1) {
    try {
      await sendVOEvent({ host: '127.0.0.1', port, timeoutMs: 10_000 }, event(n));
      acknowledged.push(n);
    } catch (error) {
      t.match(error, { code: 'VTP_NO_ANSWER' });
      break;
    }
  }
  t.ok(acknowledged.length > 5 && acknowledged.length < 200, `${acknowledged.length} acknowledged`);
  full.kill('SIGKILL');
  await once(full, 'exit');
  const store = new Store(join(directory, 'voevents.lmdb'));
  const events = new EventStore(store, new ManualClock());
  for (const n of acknowledged) {
    const [stored] = events.byIvorn(`ivo://pyros.test/room#${n}`);
    t.ok(event(n).equals(stored?.bytes ?? Buffer.alloc(0)), `event ${n} is whole`);
  }
  await store.close();
  const roomy = await comet(t, directory, port, '');
  t.ok(
    (await sendVOEvent({ host: '127.0.0.1', port }, event(acknowledged.length))).accepted,
    'it may be sent again',
  );
  roomy.kill('SIGKILL');
});

async function comet(t: Test, directory: string, port: number, before: string) {
  const main = join(packageRoot, 'dist', 'scripts', 'main.js');
  const command = `${before} exec ${process.execPath} ${main} comet --eventdb ${directory} -r 127.0.0.1:${port} --local-ivo=ivo://pyros.test/broker`;
  const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let told = '';
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  await until(20_000, () => {
    if (child.exitCode !== null) throw new Error(told);
    return told.includes('the broker runs');
  });
  return child;
}

function failuresOf(broker: { report(): Record<string, unknown> }): number {
  return (broker.report()['handlers'] as { failures: number }[])[0]?.failures ?? 0;
}
