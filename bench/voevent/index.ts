// The broker beside the figures of Comet: authors, subscribers, memory, reading, and kills.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import sax from 'sax';
import { packageRoot } from '../../src/config/index.js';
import { interpret, parseVOEvent } from '../../src/voevent/index.js';
import { until } from '../../test/helpers/until.js';
import { type Benchmark, type Figure, figure, percentile } from '../figure.js';
import { BrokerProcess } from './broker-process.js';
import { kills } from './kills.js';
import { Crowd, freshEvent, send } from './load.js';

const voevent: Benchmark = async ({ quick }) => {
  const figures = [reading(quick ? 2_000 : 10_000)];
  figures.push(...(await authors(quick)));
  figures.push(...(await fanOut(100, quick ? 200 : 500, { perSecond: 500, p50: 2, p99: 4 })));
  figures.push(...(await fanOut(500, quick ? 60 : 200, { perSecond: 90, p50: 10, p99: 16 })));
  figures.push(...(await memory(quick ? 400 : 400)));
  figures.push(...(await kills(quick ? 1_500 : 5_000, quick ? 3 : 10)));
  return figures;
};

export default voevent;

/** A Swift BAT packet, beside what sax alone takes for it. */
function reading(count: number): Figure {
  const bytes = readFileSync(join(packageRoot, 'test', 'fixtures', 'voevents', 'swift-bat-grb-pos.xml'));
  const text = bytes.toString();
  const bare = () => sax.parser(true, { position: false }).write(text).close();
  const whole = () => interpret(parseVOEvent(bytes));
  for (const warmUp of [bare, whole]) perSecond(count / 2, warmUp);
  const baseline = perSecond(count, bare);
  return figure(
    'parse and interpret a Swift BAT packet',
    perSecond(count, whole),
    '/s',
    { atLeast: 5_000 },
    baseline,
  );
}

function perSecond(count: number, action: () => unknown): number {
  const begunMs = performance.now();
  for (let n = 0; n < count; n += 1) action();
  return (count / (performance.now() - begunMs)) * 1000;
}

async function authors(quick: boolean): Promise<Figure[]> {
  const broker = await BrokerProcess.start();
  try {
    await stream(broker, 8, 500);
    const lone = await stream(broker, 1, quick ? 1_500 : 5_000);
    const many = await stream(broker, 32, quick ? 5_000 : 20_000);
    return [
      figure('one author, an event per connection, stored before the ack', lone.rate, '/s', {
        atLeast: 1_500,
      }),
      figure('the same: ack p50', percentile(lone.times, 0.5), 'ms'),
      figure('the same: ack p99', percentile(lone.times, 0.99), 'ms'),
      figure('32 authors at once', many.rate, '/s', { atLeast: 4_000 }),
      figure('the same: ack p99', percentile(many.times, 0.99), 'ms', { atMost: 15 }),
    ];
  } finally {
    await broker.stop();
  }
}

async function stream({ ports }: BrokerProcess, authors: number, count: number) {
  const frames = Array.from({ length: count }, () => freshEvent());
  const times: number[] = [];
  const begunMs = performance.now();
  const author = async () => {
    for (let frame = frames.pop(); frame; frame = frames.pop()) times.push(await send(ports.receive, frame));
  };
  await Promise.all(Array.from({ length: authors }, author));
  return { rate: (count / (performance.now() - begunMs)) * 1000, times };
}

/** One author in a closed loop: the next event when all subscribers have the last one. */
async function fanOut(
  subscribers: number,
  count: number,
  goal: { perSecond: number; p50: number; p99: number },
): Promise<Figure[]> {
  const broker = await BrokerProcess.start();
  const crowd = await Crowd.of(subscribers, broker.ports.broadcast);
  try {
    const acks: number[] = [];
    const lasts: number[] = [];
    const one = async () => {
      const expected = crowd.received + subscribers;
      const begunMs = performance.now();
      const everybody = crowd.until(expected).then(() => performance.now() - begunMs);
      acks.push(await send(broker.ports.receive, freshEvent()));
      lasts.push(await everybody);
    };
    for (let n = 0; n < 20; n += 1) await one();
    acks.length = 0;
    lasts.length = 0;
    const begunMs = performance.now();
    for (let n = 0; n < count; n += 1) await one();
    const rate = (count / (performance.now() - begunMs)) * 1000;
    const what = `${subscribers} subscribers`;
    return [
      figure(`${what}: events to all`, rate, '/s', { atLeast: goal.perSecond }),
      figure(`${what}: send to last subscriber p50`, percentile(lasts, 0.5), 'ms', { atMost: goal.p50 }),
      figure(`${what}: send to last subscriber p99`, percentile(lasts, 0.99), 'ms', { atMost: goal.p99 }),
      figure(
        `${what}: the author's ack p50`,
        percentile(acks, 0.5),
        'ms',
        subscribers >= 500 ? { atMost: 1.5 } : {},
      ),
    ];
  } finally {
    crowd.leave();
    await broker.stop();
  }
}

/** Idle, and with 500 subscribers of which one does not read 400 events of 90 kB. */
async function memory(count: number): Promise<Figure[]> {
  const broker = await BrokerProcess.start();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const idle = broker.memory().now;
  const crowd = await Crowd.of(499, broker.ports.broadcast);
  const stuck = connect({ host: '127.0.0.1', port: broker.ports.broadcast });
  stuck.on('error', () => undefined);
  stuck.pause();
  try {
    for (let n = 0; n < count; n += 1) {
      await send(broker.ports.receive, freshEvent(86_000));
      // As fast as all others take it.
      await until(60_000, () => crowd.received >= (n - 4) * 499);
    }
    await crowd.until(count * 499);
    return [
      figure('memory, idle', idle, 'MiB', { atMost: 90 }),
      figure(
        'memory, 500 subscribers, one not reading, 90 kB events: highest',
        broker.memory().highest,
        'MiB',
        { atMost: 160 },
      ),
    ];
  } finally {
    stuck.destroy();
    crowd.leave();
    await broker.stop();
  }
}
