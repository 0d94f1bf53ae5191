import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ALERT_FILE } from '../../scripts/demo/moved-alert.js';
import { readFits } from '../../src/instruments/index.js';
import { type Host, hostsLeft, Lan, needsHosts } from '../helpers/hosts.js';
import { ObservatoryOnHosts } from '../helpers/observatory-on-hosts.js';
import { SITE } from '../helpers/test-config.js';

const VTP_PORT = '8098';

/** The one INI file of the three hosts. */
function iniOf(a: Host, b: Host, c: Host): string {
  return `
[observatory]
name = Three hosts
${SITE}
[clock]
mode = simulated
rate = 20
origin = ${new Date().toISOString()}
[logging]
level = info
[data]
directory = data
[voevent_broker]
ip = ${a.address}
receive_port = 5004
vtp_ip = ${a.address}
vtp_port = ${VTP_PORT}
[alert_manager]
ip = ${a.address}
receive_port = 5002
[scheduler]
ip = ${b.address}
receive_port = 5003
[majordome]
ip = ${b.address}
receive_port = 5001
[task_broker]
ip = ${b.address}
receive_port = 5021
[celery.workers]
sequences = -Q celery -n pyros@sequences -c 1
[telescope]
ip = ${c.address}
receive_port = 5011
[camera_vis]
ip = ${c.address}
receive_port = 5012
[strategy.default]
exposure = 2s
count = 2
`;
}

function imagesBelow(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return all.filter((name) => name.endsWith('.fits')).map((name) => join(folder, name));
}

/** It takes a third of that on an idle machine. */
t.setTimeout(90_000);

t.test('an alert that one host takes becomes images on another', needsHosts(), async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pyros-hosts-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const lan = new Lan('a', 'b', 'c');
  t.teardown(() => lan.remove());
  const [a, b, c] = lan.hosts as [Host, Host, Host];
  const observatory = new ObservatoryOnHosts(directory, lan.hosts, iniOf(a, b, c));
  await observatory.start(8);

  t.comment('each host runs the agents whose ip it has');
  t.same(observatory.running(a), ['alert_manager', 'voevent_broker']);
  t.same(observatory.running(b), ['majordome', 'scheduler', 'sequences', 'task_broker']);
  t.same(observatory.running(c), ['camera_vis', 'telescope']);
  const seen = await Promise.all(lan.hosts.map((host) => observatory.pyros(host, 'status')));
  t.same(
    seen.map(({ code }) => code),
    [0, 0, 0],
    'each host sees all six',
  );

  t.comment('an author on host b sends an alert to the broker on host a');
  const broker = ['--host', a.address, '--port', VTP_PORT];
  const sent = await observatory.pyros(b, 'sendvo', '--tonight', '-f', ALERT_FILE, ...broker);
  const ivorn = /^accepted: (.+)$/m.exec(sent.stdout)?.[1] ?? '';
  t.match(sent, { code: 0 });
  t.match(ivorn, /^ivo:/);

  t.comment('the images are on the disk of host c, and of no other');
  const images = await observatory.until(20_000, 'two images are on host c', () => {
    const found = imagesBelow(observatory.folder(c));
    return found.length >= 2 ? found : undefined;
  });
  t.equal(images.length, 2);
  for (const path of images) t.equal(readFits(readFileSync(path)).header.text('TRIGID'), ivorn);
  t.same([...imagesBelow(observatory.folder(a)), ...imagesBelow(observatory.folder(b))], []);

  t.comment('every host lives in the same simulated night');
  const finished = await observatory.until(10_000, 'the majordome says that it is finished', async () => {
    const reply = await observatory.request(a, 'majordome', 'Sequences');
    const [sequence] = (reply as { sequences: { state: string; images: { path: string }[] }[] }).sequences;
    return sequence?.state === 'FINISHED' ? sequence : undefined;
  });
  t.same(finished.images.map(({ path }) => path).sort(), images.sort());

  t.same(await observatory.stop(), [0, 0, 0]);
  lan.remove();
  t.same(hostsLeft(), [], 'no namespace is left');
});
