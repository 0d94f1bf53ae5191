// The broker beside the figures of Comet: authors, subscribers, memory, reading, and kills.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import sax from 'sax';
import { packageRoot } from '../../src/config/index.js';
import { interpret, parseVOEvent } from '../../src/voevent/index.js';
import { until } from '../../test/helpers/until.js';
import { type Benchmark, type Figure, figure, percentile } from '../figure.js';
import { BareProcess } from './bare.js';
import { BrokerProcess, type Ports } from './broker-process.js';
import { kills } from './kills.js';
import { Crowd, freshEvent, send } from './load.js';

/** Events until the engine has compiled what is used much: a broker runs for months, and is measured as it is then. */
const WARM_UP = 2_000;

const voevent: Benchmark = async ({ quick }) => {
  const figures = [reading(quick ? 1_500 : 10_000)];
  figures.push(...(await authors(quick)));
  figures.push(...(await fanOut(100, quick ? 400 : 1_500, { perSecond: 500, p50: 2, p99: 4 })));
  figures.push(...(await fanOut(500, quick ? 120 : 400, { perSecond: 90, p50: 10, p99: 16 })));
  figures.push(...(await memory(quick ? 250 : 400)));
  figures.push(...(await junk(quick ? 3_000 : 100_000)));
  figures.push(...(await kills(quick ? 900 : 5_000, quick ? 2 : 10)));
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
  const count = quick ? 800 : 5_000;
  const broker = await BrokerProcess.start();
  const bare = await BareProcess.start();
  try {
    for (const one of [broker, bare]) await stream(one, 8, WARM_UP);
    const [bareLone, lone] = [await stream(bare, 1, count), await stream(broker, 1, count)];
    const [bareMany, many] = [await stream(bare, 32, 3 * count), await stream(broker, 32, 3 * count)];
    return [
      figure('one author, stored before the ack', lone.rate, '/s', { atLeast: 1_500 }, bareLone.rate),
      figure('the same: ack p50', percentile(lone.times, 0.5), 'ms', {}, percentile(bareLone.times, 0.5)),
      figure('the same: ack p99', percentile(lone.times, 0.99), 'ms', {}, percentile(bareLone.times, 0.99)),
      figure('32 authors at once', many.rate, '/s', { atLeast: 4_000 }, bareMany.rate),
      figure(
        'the same: ack p99',
        percentile(many.times, 0.99),
        'ms',
        { atMost: 15 },
        percentile(bareMany.times, 0.99),
      ),
    ];
  } finally {
    await broker.stop();
    await bare.stop();
  }
}

/** Of an event for each connection. */
async function stream({ ports }: { ports: Ports }, authors: number, count: number) {
  const frames = Array.from({ length: count }, () => freshEvent());
  const times: number[] = [];
  const begunMs = performance.now();
  const author = async () => {
    for (let frame = frames.pop(); frame; frame = frames.pop()) times.push(await send(ports.receive, frame));
  };
  await Promise.all(Array.from({ length: authors }, author));
  return { rate: (count / (performance.now() - begunMs)) * 1000, times };
}

async function fanOut(
  subscribers: number,
  count: number,
  goal: { perSecond: number; p50: number; p99: number },
): Promise<Figure[]> {
  const bare = await closedLoop(await BareProcess.start(), subscribers, count);
  const ours = await closedLoop(await BrokerProcess.start(), subscribers, count);
  const what = `${subscribers} subscribers`;
  const ackGoal = subscribers >= 500 ? { atMost: 1.5 } : {};
  return [
    figure(`${what}: events to all`, ours.rate, '/s', { atLeast: goal.perSecond }, bare.rate),
    figure(
      `${what}: send to last subscriber p50`,
      ours.last(0.5),
      'ms',
      { atMost: goal.p50 },
      bare.last(0.5),
    ),
    figure(
      `${what}: send to last subscriber p99`,
      ours.last(0.99),
      'ms',
      { atMost: goal.p99 },
      bare.last(0.99),
    ),
    figure(`${what}: the author's ack p50`, ours.ack(0.5), 'ms', ackGoal, bare.ack(0.5)),
  ];
}

/** One author: the next event when all subscribers have the last one. */
async function closedLoop(
  broker: { ports: Ports; stop(): Promise<void> },
  subscribers: number,
  count: number,
) {
  const { receive, broadcast } = broker.ports;
  const crowd = await Crowd.of(subscribers, broadcast);
  try {
    const acks: number[] = [];
    const lasts: number[] = [];
    const one = async () => {
      const expected = crowd.received + subscribers;
      const begunMs = performance.now();
      const everybody = crowd.until(expected).then(() => performance.now() - begunMs);
      acks.push(await send(receive, freshEvent()));
      lasts.push(await everybody);
    };
    for (let n = 0; n < WARM_UP / 10; n += 1) await one();
    acks.length = 0;
    lasts.length = 0;
    const begunMs = performance.now();
    for (let n = 0; n < count; n += 1) await one();
    const rate = (count / (performance.now() - begunMs)) * 1000;
    return {
      rate,
      last: (part: number) => percentile(lasts, part),
      ack: (part: number) => percentile(acks, part),
    };
  } finally {
    crowd.leave();
    await broker.stop();
  }
}

/** Idle, and with 500 subscribers of which one does not read `count` events of 90 kB. */
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

/** Connections to both ports that send rubbish; an author in the middle of them is served. */
async function junk(count: number): Promise<Figure[]> {
  const broker = await BrokerProcess.start();
  try {
    await stream(broker, 8, 200);
    const before = broker.memory().now;
    const { receive, broadcast } = broker.ports;
    const times: number[] = [];
    for (let n = 0; n < count; n += 100) {
      const strangers = Array.from({ length: 100 }, (_, at) =>
        strangerTo(at % 2 === 0 ? receive : broadcast),
      );
      times.push(await send(receive, freshEvent()));
      await Promise.all(strangers);
    }
    return [
      figure(`${count} junk connections: an author's ack, p99`, percentile(times, 0.99), 'ms'),
      figure('the same: growth of memory', broker.memory().highest - before, 'MiB', { atMost: 70 }),
    ];
  } finally {
    await broker.stop();
  }
}

/** Resolves when the connection is over: by the broker, or by us when it waits for more. */
function strangerTo(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff, ...Buffer.from('rubbish')]));
    setTimeout(() => socket.destroy(), 200);
  });
}
