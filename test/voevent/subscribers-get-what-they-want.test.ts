import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { TRANSPORT_NAMESPACES } from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { aBroker, isLive, numbered, TestSubscriber } from './brokers.js';
import { fixture, fixturesAnswered, smallEvent } from './fixtures.js';

const xpath = (value: string) => ({ name: 'xpath-filter', value });
const simple = (value: string) => ({ name: 'simple-filter', value });

t.test('each subscriber gets each event once, byte for byte, in any of the namespaces', async (t) => {
  const { subscriberPort, send, broker } = await aBroker(t);
  const all = await Promise.all(
    TRANSPORT_NAMESPACES.map((namespace) => TestSubscriber.to(t, subscriberPort, { namespace })),
  );
  await Promise.all(all.map((one) => one.heard('authenticate')));
  const names = fixturesAnswered('ack');
  for (const name of names) await send(fixture(name));
  t.ok((await send(fixture(names[0] ?? ''))).accepted, 'a duplicate is acknowledged');
  await send(numbered(1));
  const expected = [...names.map((name) => fixture(name).toString()), numbered(1)];
  for (const one of all) t.same(await one.got(expected.length), expected);
  const report = () => broker.report()['broadcast'] as { subscribers: { acked: number; sent: number }[] }[];
  await until(
    10_000,
    () => report()[0]?.subscribers.every(({ acked }) => acked === expected.length) ?? false,
  );
});

t.test('filters: XPath 1.0 as in Comet, and simple ones', async (t) => {
  const { subscriberPort, send } = await aBroker(t);
  const filters = [
    [xpath('//Param[@name="Det_Signif"]')],
    [xpath('count(//Param) = 0'), xpath('/*[local-name()="VOEvent" and @role="utility"]')],
    [xpath('string(//Param[@name="Nothing"])')],
    [simple('role=observation stream=ivo://nasa.gsfc.gcn/SWIFT')],
    [simple('cone=319.7,-34.9,0.5')],
    [simple('role=utility'), xpath('false()')],
  ];
  const all = await Promise.all(
    filters.map((params) => TestSubscriber.to(t, subscriberPort, { params: params.map(escaped) })),
  );
  const whole = await TestSubscriber.to(t, subscriberPort);
  await Promise.all([...all, whole].map((one) => one.heard('authenticate')));
  await whole.heard('authenticate');
  const names = [
    'swift-xrt-pos.xml',
    'swift-point-dir-utility.xml',
    'svom-grm-trigger.xml',
    'gaia-alert.xml',
  ];
  for (const name of names) await send(fixture(name));
  // What passes all of them, and comes last.
  const last = smallEvent('', 'ivo://pyros.test/room#end', 'utility');
  await send(last);
  await whole.got(5);
  const wanted = [
    ['swift-xrt-pos.xml'],
    ['swift-point-dir-utility.xml'],
    [],
    ['swift-xrt-pos.xml'],
    ['swift-xrt-pos.xml'],
    ['swift-point-dir-utility.xml'],
  ];
  for (const [at, one] of all.entries()) {
    const expected = wanted[at]?.map((name) => fixture(name).toString()) ?? [];
    if ([1, 5].includes(at)) expected.push(last);
    await one.got(expected.length);
    t.same(one.events, expected, JSON.stringify(filters[at]));
  }
});

t.test('a bad filter is refused with its reason, and passes nothing', async (t) => {
  const { subscriberPort, send, broker } = await aBroker(t);
  const bad = [
    xpath('//Param['),
    xpath('//voe:VOEvent'),
    simple('role=monster'),
    simple('cone=1,2'),
    simple('x=1'),
  ];
  for (const param of bad) {
    const subscriber = await TestSubscriber.to(t, subscriberPort, { params: [param] });
    const nak = await subscriber.heard('nak');
    t.match(nak.result, /is no good: /, param.value);
    await subscriber.peer.closed;
    t.same(subscriber.events, []);
  }
  t.ok((await send(numbered(1))).accepted);
  t.match(broker.report()['broadcast'], [{ badFilters: bad.length }]);
});

t.test('who comes back gets what it missed; who asks for a time gets what came since', async (t) => {
  const { subscriberPort, send, clock, broker } = await aBroker(t, { catchUpMs: 3_600_000 });
  const old = numbered(0);
  await send(old);
  await clock.advance(2 * 3_600_000);
  const named = { name: 'ivo://pyros.test/named' };
  const first = await TestSubscriber.to(t, subscriberPort, named);
  await first.heard('authenticate');
  await send(numbered(1));
  await first.got(1);
  first.peer.socket.destroy();
  await until(10_000, () => (broker.report()['broadcast'] as { connected: number }[])[0]?.connected === 0);
  for (let n = 2; n < 150; n += 1) await send(numbered(n));
  const again = await TestSubscriber.to(t, subscriberPort, named);
  await again.got(140);
  for (let n = 150; n < 160; n += 1) await send(numbered(n));
  t.same(
    await again.got(158),
    Array.from({ length: 158 }, (_, n) => numbered(n + 2)),
    'in order, each once',
  );
  const since = (timeMs: number) => [{ name: 'catch-up-since', value: new Date(timeMs).toISOString() }];
  const late = await TestSubscriber.to(t, subscriberPort, { params: since(clock.now() - 1000) });
  t.equal((await late.got(159))[0], numbered(1));
  const greedy = await TestSubscriber.to(t, subscriberPort, { params: since(0) });
  await greedy.got(159);
  t.notOk(greedy.events.includes(old), 'not from before the time that is allowed');
});

t.test('who comes back after a restart of the broker gets what came before it was back', async (t) => {
  const named = { name: 'ivo://pyros.test/named' };
  const first = await aBroker(t, { broadcastTestMs: 10_000 });
  const subscriber = await TestSubscriber.to(t, first.subscriberPort, named);
  await until(10_000, () => isLive(first.broker.report()));
  for (const n of [1, 2]) await first.send(numbered(n));
  await subscriber.got(2);
  const acked = (broker: typeof first.broker) =>
    (broker.report()['broadcast'] as { subscribers: { acked: number }[] }[])[0]?.subscribers[0]?.acked;
  await until(10_000, () => acked(first.broker) === 2);
  // As if it had been killed: the store as it is after the last tick.
  await first.timers.advance(60_000);
  await until(10_000, () => (acked(first.broker) ?? 0) > 2);
  const killed = mkdtempSync(join(tmpdir(), 'pyros-vo-'));
  await first.store.transaction(() => undefined);
  for (const name of readdirSync(first.directory))
    copyFileSync(join(first.directory, name), join(killed, name));
  await first.close();
  for (const directory of [first.directory, killed]) {
    const again = await aBroker(t, {}, { directory });
    for (const n of [3, 4]) await again.send(numbered(n));
    const stranger = await TestSubscriber.to(t, again.subscriberPort, { name: 'ivo://pyros.test/other' });
    await until(10_000, () => isLive(again.broker.report()));
    const back = await TestSubscriber.to(t, again.subscriberPort, named);
    t.same(await back.got(2), [numbered(3), numbered(4)]);
    await again.send(numbered(5));
    t.same(await stranger.got(1), [numbered(5)], 'a new one has missed nothing');
    await again.close();
  }
});

t.test('iamalive: who answers stays, who is silent or acknowledges nothing is cut', async (t) => {
  const { subscriberPort, send, timers, broker, log } = await aBroker(t);
  const good = await TestSubscriber.to(t, subscriberPort);
  const silent = await TestSubscriber.to(t, subscriberPort, { acknowledges: false });
  await Promise.all([good, silent].map((one) => one.heard('authenticate')));
  await send(numbered(1));
  await Promise.all([good.got(1), silent.got(1)]);
  await timers.advance(60_000);
  t.match(await good.heard('iamalive'), { origin: 'ivo://pyros.test/broker' });
  await silent.heard('iamalive');
  // Its answer to this one comes behind that to iamalive.
  await send(numbered(2));
  const subscribers = () =>
    (broker.report()['broadcast'] as { subscribers: { acked: number }[] }[])[0]?.subscribers;
  await until(10_000, () => subscribers()?.[0]?.acked === 2);
  await timers.advance(60_000);
  await silent.peer.closed;
  await log.line(/subscriber cut/);
  await send(numbered(3));
  await good.got(3);
  t.match(broker.report()['broadcast'], [{ connected: 1, cut: 1 }]);
});

t.test('a test event shows subscribers that the way is open, and is not stored', async (t) => {
  const { subscriberPort, timers, broker } = await aBroker(t, { broadcastTestMs: 10_000 });
  const one = await TestSubscriber.to(t, subscriberPort);
  await until(10_000, () => isLive(broker.report()));
  await timers.advance(10_000);
  await timers.advance(10_000);
  const events = await one.got(2);
  t.match(events[0], /TestEvent-.* role="test"/);
  t.equal(broker.events.count, 0);
});

function escaped({ name, value }: { name: string; value: string }) {
  return { name, value: value.replace(/&/g, '&amp;').replace(/'/g, '&apos;').replace(/</g, '&lt;') };
}
