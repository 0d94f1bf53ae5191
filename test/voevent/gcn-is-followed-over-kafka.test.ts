import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { RealClock } from '../../src/clock/index.js';
import { packageRoot } from '../../src/config/index.js';
import {
  GcnSource,
  interpret,
  jsonNoticeToVOEvent,
  parseVOEvent,
  tokenProvider,
} from '../../src/voevent/index.js';
import { hasKcat, KafkaCluster } from '../helpers/kafka.js';
import { LogLines } from '../helpers/log-lines.js';
import { until } from '../helpers/until.js';
import { aBroker } from './brokers.js';
import { fixture } from './fixtures.js';

const EXAMPLES = join(packageRoot, 'node_modules', '@nasa-gcn', 'schema', 'gcn', 'notices');
const example = (name: string) => readFileSync(join(EXAMPLES, `${name}.example.json`));

/** The topic of an example's folder. */
const topicOf = (name: string) => `gcn.notices.${name.split('.')[0]?.replaceAll('/', '.')}`;

const noticeOf = (name: string) => interpret(parseVOEvent(jsonNoticeToVOEvent(topicOf(name), example(name))));

t.test('each example of the Unified Schema becomes a valid VOEvent, always the same', async (t) => {
  const names = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.example.json') && !name.startsWith('core'))
    .map((name) => name.replace('.example.json', ''));
  t.ok(names.length > 40);
  for (const name of names) {
    const bytes = jsonNoticeToVOEvent(topicOf(name), example(name));
    t.ok(jsonNoticeToVOEvent(topicOf(name), example(name)).equals(bytes), name);
    const notice = interpret(parseVOEvent(bytes));
    const json = JSON.parse(example(name).toString());
    t.same(notice.doubts, [], name);
    t.equal(notice.isRetraction, json.alert_type === 'retraction', name);
    if (json.alert_tense === 'test' || json.alert_tense === 'injection') t.equal(notice.role, 'test', name);
    if (typeof json.ra === 'number') t.ok(Math.abs((notice.position?.raDeg ?? -1) - json.ra) < 1e-6, name);
    if (typeof json.trigger_time === 'string') t.ok(notice.triggerTimeMs, name);
  }
});

t.test('a notice in JSON says what its VOEvent would', async (t) => {
  t.match(noticeOf('einstein_probe/wxt/alert'), {
    mission: 'Einstein Probe',
    event: 'Einstein Probe:01708973486',
    packetType: 'EINSTEIN_PROBE_WXT_ALERT',
    position: { raDeg: 120, decDeg: 40, errorDeg: 0.02 },
    triggerTimeMs: Date.UTC(2024, 2, 1, 21, 46, 5, 130),
    role: 'observation',
  });
  t.match(noticeOf('svom/eclairs/trigger.wakeup'), {
    event: 'SVOM:sb24022203',
    role: 'test',
    relation: 'new',
  });
  t.match(noticeOf('fermi/gbm/trigger.flight1'), {
    event: 'Fermi:745121685',
    relation: 'update',
    errorMeaning: '1 sigma',
    position: { errorDeg: 8.32 },
  });
  t.match(noticeOf('maxi/gsc.unknown.retraction'), { event: 'MAXI:9995289617', relation: 'retraction' });
  t.match(noticeOf('icecube/single_neutrino_alerts.gold_bronze_track_alerts'), {
    event: 'IceCube:137840_57034692',
    importance: 0.34064,
    skyMapUrl: /healpix|skymap/,
  });
  t.match(noticeOf('maxi/gsc.unknown.ellipse').position, { errorDeg: Number });
  const lvk = {
    superevent_id: 'S240101a',
    alert_type: 'PRELIMINARY',
    time_created: '2024-01-01T00:00:00Z',
    event: { time: '2024-01-01T00:00:00Z', significant: true, skymap: 'AAAA' },
  };
  const bytes = jsonNoticeToVOEvent('igwn.gwalert', Buffer.from(JSON.stringify(lvk)));
  t.match(interpret(parseVOEvent(bytes)), {
    event: 'LVK:S240101a',
    relation: 'new',
    importance: 1,
    role: 'observation',
  });
  t.notMatch(bytes.toString(), /AAAA/, 'files stay in the original');
  for (const bad of ['', 'x', '[]', '3', 'null'])
    t.throws(() => jsonNoticeToVOEvent('gcn.notices.a', Buffer.from(bad)), { code: 'VOEVENT_NOT_JSON' });
});

t.test('tokens are fetched when they are needed, and a refusal says what to look at', async (t) => {
  let asked = 0;
  let status = 200;
  const seen: string[] = [];
  const server = createServer((request, response) => {
    asked += 1;
    seen.push(String(request.headers.authorization));
    response.statusCode = status;
    response.end(JSON.stringify({ access_token: `token-${asked}`, expires_in: 3600 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const provider = tokenProvider({ clientId: 'me', clientSecret: 'secret', tokenUrl });
  t.same([await provider(), await provider()], [{ value: 'token-1' }, { value: 'token-1' }]);
  t.equal(seen[0], `Basic ${Buffer.from('me:secret').toString('base64')}`);
  status = 401;
  const refused = tokenProvider({ clientId: 'me', clientSecret: 'wrong', tokenUrl });
  await t.rejects(refused(), { code: 'GCN_TOKEN', message: /401.*GCN_CLIENT_ID/ });
});

const why = hasKcat ? false : 'kcat is not installed';
t.test('from a Kafka server to the store', { skip: process.env['CI'] ? false : why }, async (t) => {
  const cluster = await KafkaCluster.start();
  t.teardown(() => cluster.stop());
  const clock = new RealClock();
  const first = await aBroker(t);
  const options = {
    brokers: [cluster.address],
    topics: ['gcn.classic.voevent.*', 'gcn.notices.*'],
    group: 'test',
    heartbeatTimeoutMs: 60_000,
    clock,
    lookMs: 200,
    sessionTimeoutMs: 3_500,
  };
  const follow = (take: (topic: string, bytes: Uint8Array) => Promise<void>) => {
    const log = new LogLines();
    const source = new GcnSource(options, take, log);
    t.teardown(() => source.close());
    return { source, log };
  };
  const take = (topic: string, bytes: Uint8Array) => first.broker.takeNotice(topic, bytes);

  t.comment('without topics it waits, and says so');
  const empty = follow(take);
  await empty.log.line(/not connected to GCN/);
  t.match(empty.source.report(), { state: 'WAITING', isAlive: false, reason: /no topic like/ });
  await empty.source.close();

  t.comment('what was there before is read, VOEvents and JSON, and poison costs itself');
  const swift = 'gcn.classic.voevent.SWIFT_XRT_POSITION';
  const probe = topicOf('einstein_probe/wxt/alert');
  await cluster.send(swift, fixture('swift-xrt-pos.xml'));
  await cluster.send(swift, 'poison');
  await cluster.send(swift, fixture('swift-xrt-pos-v1.1.xml'));
  await cluster.send(probe, example('einstein_probe/wxt/alert'));
  await cluster.send('gcn.heartbeat', '{"alert_datetime":"2026-06-01T00:00:00Z"}');
  let isFull = true;
  const second = follow(async (topic, bytes) => {
    if (isFull && topic === probe)
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    await take(topic, bytes);
  });
  await until(40_000, () => first.broker.events.count === 2);
  await second.log.line(/could not be taken over/);
  isFull = false;
  await until(40_000, () => first.broker.events.count === 3);
  await until(40_000, () => second.source.report()['heartbeats'] === 1);
  // It is counted a moment after it can be found.
  await until(40_000, () => second.source.report()['events'] === 3);
  t.match(second.source.report(), { state: 'CONNECTED', isAlive: true, events: 3, refused: 1 });
  const [json] = first.broker.events.find({ stream: 'ivo://org.pyros/gcn/', limit: 1 }).events;
  t.equal(Buffer.from(json?.original ?? []).toString(), example('einstein_probe/wxt/alert').toString());
  t.equal(json?.from, probe);

  t.comment('a topic that is new is found; what comes while we are away is read later, and once');
  await cluster.send('gcn.classic.voevent.GAIA', fixture('gaia-alert.xml'));
  await until(40_000, () => first.broker.events.count === 4);
  await second.source.close();
  await cluster.send(swift, fixture('swift-bat-grb-pos.xml'));
  const taken: string[] = [];
  const third = follow(async (topic, bytes) => {
    taken.push(topic);
    await take(topic, bytes);
  });
  await until(40_000, () => first.broker.events.count === 5);
  // The last one before we left may have been stored, and its offset not committed: it comes again, and is stored once.
  const isLast = (topic: string) => topic === 'gcn.classic.voevent.GAIA';
  t.same(
    taken.filter((topic) => !isLast(topic)),
    [swift],
    'only what was not taken over before',
  );
  t.ok(taken.length <= 2);
  await third.source.close();
});
