import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventFileName } from '../../src/voevent/index.js';
import { until } from '../helpers/until.js';
import { aBroker, numbered } from './brokers.js';
import { fixture, fixturesAnswered, smallEvent } from './fixtures.js';

type Report = { handled: number; waiting: number; running: number; failures: number; givenUp: number };

function handlerOf(broker: { report(): Record<string, unknown> }): Report {
  return (broker.report()['handlers'] as Report[])[0] as Report;
}

function script(path: string, body: string): string {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

t.test('each event is saved whole, under a name of its own, whatever its IVORN', async (t) => {
  const directory = join(t.testdir(), 'made', 'when', 'missing');
  const { broker, send } = await aBroker(t, { saveDirectory: directory });
  const awkward = ['ev-1', 'ev1', '../../../etc/passwd', 'a/b\\c', '.hidden', 'ü', 'n'.repeat(900), '-rf'];
  const events = [
    ...fixturesAnswered('ack').map((name) => fixture(name)),
    ...awkward.map((id) => Buffer.from(smallEvent('', `ivo://pyros.test/room#${id}`))),
    // Two forms of one event.
    Buffer.from(smallEvent('<Description>again</Description>', 'ivo://pyros.test/room#ev1')),
  ];
  for (const event of events) t.ok((await send(event)).accepted);
  await until(10_000, () => handlerOf(broker).handled === events.length);
  const names = readdirSync(directory);
  t.equal(names.length, events.length);
  for (const name of names) t.match(name, /^[0-9A-Za-z_+][0-9A-Za-z_.+-]{0,199}-[0-9a-f]{16}\.xml$/);
  const saved = new Set(names.map((name) => readFileSync(join(directory, name), 'latin1')));
  t.ok(events.every((event) => saved.has(event.toString('latin1'))));
  t.match(eventFileName({ ivorn: 'ivo://a.b/c#d', id: 'e'.repeat(64) }), /^a\.b_c_d-e{16}\.xml$/);
});

t.test('a folder that cannot be written is told in Status, and loses nothing', async (t) => {
  const directory = join(t.testdir({ blocked: 'a file' }), 'blocked');
  const { broker, send, timers, close, directory: data } = await aBroker(t, { saveDirectory: directory });
  t.ok((await send(numbered(1))).accepted);
  await until(10_000, () => handlerOf(broker).failures === 1);
  t.match(handlerOf(broker), { waiting: 1, handled: 0, lastFailure: /#1: .*(EEXIST|ENOTDIR)/ });
  await timers.advance(1_000);
  await until(10_000, () => handlerOf(broker).failures === 2);
  await close();
  const again = await aBroker(t, { saveDirectory: directory }, { directory: data });
  t.equal(handlerOf(again.broker).waiting, 1, 'not forgotten by a restart');
  for (const pauseMs of [1_000, 4_000, 8_000, 16_000]) {
    await until(10_000, () => handlerOf(again.broker).running === 0);
    await again.timers.advance(pauseMs);
  }
  await until(10_000, () => handlerOf(again.broker).givenUp === 1);
  t.match(handlerOf(again.broker), { waiting: 0, lastGivenUp: [{ ivorn: 'ivo://pyros.test/room#1' }] });
});

t.test('a program gets each event on its standard input, and only so many run at once', async (t) => {
  const folder = t.testdir();
  const log = join(folder, 'log');
  const program = script(
    join(folder, 'program'),
    `echo "begin $VOEVENT_IVORN $VOEVENT_ROLE" >> ${log}; cat > "${folder}/$VOEVENT_ID"; sleep 0.05; echo end >> ${log}`,
  );
  const { broker, send } = await aBroker(t, { commands: [program], commandLimit: 2 });
  const numbers = Array.from({ length: 10 }, (_, n) => n);
  await Promise.all(numbers.map((n) => send(numbered(n))));
  await until(20_000, () => handlerOf(broker).handled === 10);
  let running = 0;
  let most = 0;
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    running += line.startsWith('begin') ? 1 : -1;
    most = Math.max(most, running);
  }
  t.ok(most <= 2, `${most} at once`);
  t.match(readFileSync(log, 'utf8'), /begin ivo:\/\/pyros.test\/room#7 test/);
  const [event] = broker.events.byIvorn('ivo://pyros.test/room#7');
  t.equal(readFileSync(join(folder, event?.id ?? ''), 'utf8'), numbered(7));
});

t.test('a program that fails is tried again, one that hangs is killed with what it started', async (t) => {
  const folder = t.testdir();
  const flaky = script(
    join(folder, 'flaky'),
    `test -e ${folder}/seen && exit 0; touch ${folder}/seen; echo "no luck" >&2; exit 3`,
  );
  const hanging = script(join(folder, 'hanging'), `sleep 1000 & echo $! > ${folder}/pid; wait`);
  const missing = join(folder, 'missing');
  const commands = [flaky, hanging, missing];
  const { broker, send, timers } = await aBroker(t, { commands, commandTimeoutMs: 500, handlerAttempts: 2 });
  await send(numbered(1));
  const reports = () => broker.report()['handlers'] as (Report & { lastFailure?: string })[];
  await until(10_000, () => reports().every(({ failures }) => failures === 1));
  await timers.advance(1_000);
  await until(10_000, () => reports().every(({ waiting }) => waiting === 0));
  t.match(reports(), [
    { handled: 1, failures: 1, givenUp: 0, lastFailure: /exit code 3: no luck/ },
    { handled: 0, failures: 2, givenUp: 1, lastFailure: /killed after 0.5 s/ },
    { handled: 0, failures: 2, givenUp: 1, lastFailure: /cannot be run.*ENOENT/ },
  ]);
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  await until(10_000, () => isGone(pid));
});

function isGone(pid: number): boolean {
  try {
    // A process that has ended and that nobody has looked after is gone too.
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
