// Each role of VTP against a peer in Python that behaves on the wire as Comet does. Comet itself is not in Debian, so it
// is not run here.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/config/index.js';
import { until } from '../helpers/until.js';
import { aBroker, isLive, numbered } from './brokers.js';
import { fixture } from './fixtures.js';
import { LOCAL_IVORN } from './raw-peer.js';

const PEER = join(packageRoot, 'test', 'voevent', 'python', 'comet_peer.py');
const SAMPLE = join(packageRoot, 'test', 'fixtures', 'voevents', 'swift-bat-grb-pos.xml');
const IVORN = 'ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_655721-214';
const THEIRS = 'ivo://org.example/comet';
const PATIENCE_MS = 20_000;
const isThere = spawnSync('python3', ['--version']).status === 0;
const skip = !isThere && process.env['CI'] !== 'true' && 'there is no python3 here';

/** Starts a peer; `lines` are what it has said. */
function peer(t: Test, ...args: string[]) {
  const child: ChildProcess = spawn('python3', [PEER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const lines = () => text.split('\n').slice(0, -1);
  const says = (line: string) => until(PATIENCE_MS, () => lines().includes(line));
  return { child, lines, says };
}

t.test('it sends us events as an author, and understands our answers', { skip }, async (t) => {
  const { port, broker } = await aBroker(t);
  for (const answer of ['fresh', 'duplicate']) {
    const author = peer(t, 'author', String(port), SAMPLE);
    await once(author.child, 'exit');
    t.same(author.lines(), [`ack ${IVORN} ${LOCAL_IVORN}`], answer);
  }
  t.equal(broker.events.count, 1);
  const old = peer(t, 'author', String(port), SAMPLE.replace('bat-grb-pos', 'xrt-pos-v1.1'));
  await once(old.child, 'exit');
  t.match(old.lines(), [/^nak ivo:\/\/nasa.gsfc.gcn\/SWIFT#XRT_Pos_644259-941 /]);
});

t.test('it subscribes to us with a filter, and is kept as long as it answers', { skip }, async (t) => {
  const { subscriberPort, broker, timers, send, close } = await aBroker(t, { iamaliveMs: 60_000 });
  const subscriber = peer(t, 'subscriber', String(subscriberPort), '//Param[@name="TrigID"]');
  await subscriber.says(`authenticate ${LOCAL_IVORN}`);
  await until(PATIENCE_MS, () => isLive(broker.report()));
  t.match(broker.report()['broadcast'], [{ subscribers: [{ name: THEIRS, filters: 1 }] }]);
  await send(numbered(1));
  await send(fixture('swift-bat-grb-pos.xml'));
  await subscriber.says(`event ${IVORN}`);
  for (const round of [2, 3, 4]) {
    await timers.advance(60_000);
    const alive = () => subscriber.lines().filter((line) => line.startsWith('iamalive')).length;
    await until(PATIENCE_MS, () => alive() === round - 1);
  }
  await close();
  await subscriber.says('end');
  t.equal(subscriber.lines().filter((line) => line.startsWith('event')).length, 1, 'the filter holds');
});

t.test('we subscribe to it, acknowledge its events, and answer its iamalive', { skip }, async (t) => {
  const remote = peer(t, 'broker', SAMPLE);
  await until(PATIENCE_MS, () => remote.lines().length > 0);
  const port = Number(remote.lines()[0]);
  const xpath = ['//Param[@name="TrigID"]'];
  const { broker, close } = await aBroker(t, { remotes: [{ host: '127.0.0.1', port }], xpath });
  await remote.says(`ack ${IVORN} ${LOCAL_IVORN}`);
  await remote.says(`iamalive ${THEIRS} ${LOCAL_IVORN}`);
  await until(PATIENCE_MS, () => remote.lines().some((line) => line.startsWith('authenticate')));
  t.match(
    remote.lines().find((line) => line.startsWith('authenticate')),
    `authenticate ${THEIRS} ${LOCAL_IVORN} ${xpath[0]}`,
  );
  t.equal(broker.events.count, 1);
  await close();
  await remote.says('end');
});
