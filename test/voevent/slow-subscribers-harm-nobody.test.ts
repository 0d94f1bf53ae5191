import t from 'tap';
import { XPathDesk } from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { aBroker, isLive, numbered, TestSubscriber, transportFrame } from './brokers.js';
import { fixture } from './fixtures.js';

const COSTLY = 'count(//*[count(//*[count(//*[count(//*) > 1]) > 1]) > 1]) > 1';
const xpath = (value: string) => [{ name: 'xpath-filter', value: value.replaceAll('>', '&gt;') }];

function broadcastOf(broker: { report(): Record<string, unknown> }) {
  const [report] = broker.report()['broadcast'] as [
    { connected: number; cut: number; filtersGivenUp: number },
  ];
  return report;
}

t.test('a subscriber that does not read is cut, and gets the rest when it is back', async (t) => {
  const { broker, send, subscriberPort, log } = await aBroker(t, { queueBytes: 4 * 1024 * 1024 });
  const good = await TestSubscriber.to(t, subscriberPort);
  const stuck = await TestSubscriber.to(t, subscriberPort, { name: 'ivo://pyros.test/stuck' });
  await until(10_000, () => isLive(broker.report(), 2));
  stuck.peer.socket.pause();
  const large = 'x'.repeat(90_000);
  const COUNT = 200;
  for (let n = 0; n < COUNT; n += 1)
    t.ok((await send(numbered(n, `<Description>${large}</Description>`))).accepted);
  await log.line(/subscriber cut/);
  await good.got(COUNT);
  t.match(broadcastOf(broker), { connected: 1, cut: 1 });
  stuck.peer.socket.resume();
  await stuck.peer.closed;
  t.ok(stuck.events.length < COUNT, `${stuck.events.length} of ${COUNT}`);
  const back = await TestSubscriber.to(t, subscriberPort, { name: 'ivo://pyros.test/stuck' });
  await until(20_000, () => new Set([...stuck.events, ...back.events]).size === COUNT);
  await until(20_000, () => isLive(broker.report(), 2));
});

t.test('a filter that is too costly is cut off with its subscriber; all others are served', async (t) => {
  const { broker, send, subscriberPort } = await aBroker(t);
  const plain = await TestSubscriber.to(t, subscriberPort);
  const fair = await TestSubscriber.to(t, subscriberPort, { params: xpath('//Param[@name="Packet_Type"]') });
  const greedy = await TestSubscriber.to(t, subscriberPort, { params: xpath(COSTLY) });
  await until(10_000, () => isLive(broker.report(), 3));
  const text = fixture('swift-xrt-pos.xml').toString();
  const events = Array.from({ length: 10 }, (_, n) => text.replace('#XRT', `#${n}-XRT`));
  const begunMs = performance.now();
  for (const event of events) t.ok((await send(event)).accepted);
  t.comment(`ten events acknowledged in ${Math.round(performance.now() - begunMs)} ms`);
  t.same(await plain.got(10), events);
  t.same(await fair.got(10), events, 'also those with filters of their own');
  await greedy.peer.closed;
  t.match(broadcastOf(broker), { connected: 2, filtersGivenUp: 1 });
  await send(numbered(1));
  await plain.got(11);
});

t.test('filters have limits: of length, of number, of time over all', async (t) => {
  const desk = new XPathDesk({ maxFilters: 3, maxLength: 50, evaluationMs: 1, share: 0 });
  t.teardown(() => desk.close());
  const used = ['//a', '//b', '//c'];
  for (const text of used) await desk.use(text);
  await desk.use('//a');
  await t.rejects(desk.use('//d'), { code: 'VOEVENT_FILTER', message: /3 others/ });
  desk.release('//c');
  await desk.use('//d');
  await t.rejects(desk.use(`//${'e'.repeat(60)}`), { code: 'VOEVENT_FILTER', message: /over 50 characters/ });
  const event = Buffer.from(numbered(1, `<What>${'<Param/>'.repeat(20_000)}</What>`));
  for (let n = 0; n < 50 && desk.givenUp === 0; n += 1) await desk.evaluate(event, ['//a']);
  t.match(desk.faultOf('//a'), /takes/, 'each evaluation is quick, and all together are too much');
  await t.rejects(desk.use('//a'), { code: 'VOEVENT_FILTER' }, 'while somebody has it');
});

t.test('what the filters cannot read passes nothing, and ends nothing', async (t) => {
  const desk = new XPathDesk();
  t.teardown(() => desk.close());
  await desk.use('true()');
  t.same(await desk.evaluate(Buffer.from('no xml'), ['true()']), new Set());
  t.same(await desk.evaluate(Buffer.from('<a/>'), ['true()', 'unknown']), new Set(['true()']));
  await desk.close();
  t.same(await desk.evaluate(Buffer.from('<a/>'), ['true()']), new Set());
});

t.test('a subscriber that floods is cut, and so is one that sends garbage', async (t) => {
  const { broker, send, subscriberPort, log } = await aBroker(t);
  const good = await TestSubscriber.to(t, subscriberPort);
  const flooding = await TestSubscriber.to(t, subscriberPort);
  const babbling = await TestSubscriber.to(t, subscriberPort);
  const large = await TestSubscriber.to(t, subscriberPort);
  await until(10_000, () => isLive(broker.report(), 4));
  flooding.peer.send(Buffer.concat(Array.from({ length: 5_000 }, () => transportFrame({ role: 'ack' }))));
  babbling.peer.send(Buffer.from([0, 0, 0, 4]), Buffer.from('what'));
  large.peer.send(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
  await Promise.all([flooding, babbling, large].map((one) => one.peer.closed));
  await log.line(/subscriber cut/);
  await send(numbered(1));
  t.same(await good.got(1), [numbered(1)]);
  t.match(broadcastOf(broker), { connected: 1, cut: 3 });
});

t.test('a thousand subscribers, of which a third leave in the middle', async (t) => {
  const { broker, send, subscriberPort } = await aBroker(t);
  const all: TestSubscriber[] = [];
  for (let n = 0; n < 1000; n += 50)
    all.push(...(await Promise.all(Array.from({ length: 50 }, () => TestSubscriber.to(t, subscriberPort)))));
  await until(30_000, () => broadcastOf(broker).connected === 1000);
  await until(30_000, () => all.every((one) => one.messages.length > 0));
  t.ok((await send(numbered(1))).accepted);
  for (const [at, one] of all.entries()) if (at % 3 === 0) one.peer.socket.destroy();
  t.ok((await send(numbered(2))).accepted);
  const staying = all.filter((_, at) => at % 3 !== 0);
  await until(30_000, () => staying.every((one) => one.events.length === 2));
  await until(30_000, () => broadcastOf(broker).connected === staying.length);
});

t.test(
  'who catches up by filters that cannot answer is cut, and misses nothing without a word',
  async (t) => {
    const { broker, send, subscriberPort, clock } = await aBroker(t);
    for (let n = 0; n < 5; n += 1)
      await send(fixture('swift-xrt-pos.xml').toString().replace('#XRT', `#${n}-XRT`));
    const since = { name: 'catch-up-since', value: new Date(clock.now() - 1000).toISOString() };
    const greedy = await TestSubscriber.to(t, subscriberPort, { params: [...xpath(COSTLY), since] });
    await greedy.peer.closed;
    t.match(broadcastOf(broker), { cut: 1, filtersGivenUp: 1 });
    const fair = await TestSubscriber.to(t, subscriberPort, { params: [...xpath('//Param'), since] });
    await fair.got(5);
  },
);

t.test('acknowledgements are read in turns: none is lost, and who speaks or goes is heard', async (t) => {
  const { broker, send, subscriberPort, log } = await aBroker(t);
  const COUNT = 40;
  const name = (n: number) => `ivo://pyros.test/s${n}`;
  const all = await Promise.all(
    Array.from({ length: COUNT }, (_, n) => TestSubscriber.to(t, subscriberPort, { name: name(n) })),
  );
  const mute = await TestSubscriber.to(t, subscriberPort, { name: name(COUNT), acknowledges: false });
  await until(10_000, () => isLive(broker.report(), COUNT + 1));
  for (let n = 0; n < 20; n += 1) await send(numbered(n));
  for (const one of all) await one.got(20);
  await mute.got(20);
  const told = () => {
    const [report] = broker.report()['broadcast'] as [{ subscribers: { name: string; acked: number }[] }];
    return report.subscribers;
  };
  const acked = () => told().filter(({ acked }) => acked === 20).length;
  await until(10_000, () => acked() === COUNT);
  t.equal(told().find((one) => one.name === name(COUNT))?.acked, 0);

  const bad = [{ name: 'xpath-filter', value: '//[' }];
  mute.peer.send(transportFrame({ role: 'authenticate', params: bad }));
  t.match(await mute.heard('nak'), { role: 'nak' }, 'it owes twenty acknowledgements, and has an answer');
  await mute.peer.closed;
  await send(numbered(20));
  for (const one of all) one.peer.socket.destroy();
  await until(10_000, () => broadcastOf(broker).connected === 0);
  t.equal(broadcastOf(broker).cut, 0, log.lines.join('\n'));
});
