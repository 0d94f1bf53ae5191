import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { InstrumentLab } from '../../helpers/instrument-lab.js';
import { RawPeer } from '../../helpers/raw-peer.js';

t.test('by hand: progress at once, then one answer, in the words of the grammar', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope']);
  const port = lab.config.agents.get('telescope')?.receivePort ?? 0;
  const peer = await RawPeer.open(port);
  t.teardown(() => peer.socket.destroy());
  peer.send('DO TELESCOPE GOTO_ALTAZ ALT=60 AZ=100\n');
  t.match((await peer.lines(1))[0], /^PROGRESS ETA=[\d.]+s$/);
  peer.send('GET TELESCOPE STATE\tid=7\n');
  t.same((await peer.lines(2))[1], 'OK STATE=MOVING BUSY=ON AGE=0s\tid=7', 'a GET with an id does not wait');
  await lab.until(async () => /^OK RA/m.test(peer.received), 500);
  const answer = peer.received.split('\n').find((line) => line.startsWith('OK RA'));
  t.match(
    answer,
    /^OK RA=\d\d:\d\d:\d\d\.\d\d DEC=[+-]\d\d:\d\d:\d\d\.\d ALT=60deg AZ=100deg HA=\S+deg AIRMASS=1\.154$/,
  );

  t.comment('refusals, of the grammar and of the device; what is no sentence is answered as by every agent');
  const before = peer.received.split('\n').length - 1;
  peer.send('DO TELESCOPE GOTO RA=05:60:00 DEC=1\nDO TELESCOPE GOTO_ALTAZ ALT=5 AZ=0\nPing\nFoo\n');
  const lines = (await peer.lines(before + 4)).slice(before);
  t.same(lines.slice(0, 4), [
    'ERROR 1300 SYNTAX "minutes are from 00 to 59, not 60, at column 25: DO TELESCOPE GOTO RA=05:^60:00 DEC=1"',
    'ERROR 1304 BELOW_LIMIT "the target is at an altitude of 5.0 deg, the limit is 20.0 deg"',
    'OK',
    'ERROR\tcode=UNKNOWN_MESSAGE\t"Foo" is no message of telescope; Help lists them',
  ]);
});

t.test('netcat shows progress and the answer, and need not stay open for it', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope']);
  const port = String(lab.config.agents.get('telescope')?.receivePort);
  const netcat = spawn('nc', ['127.0.0.1', port], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => netcat.kill());
  let output = '';
  netcat.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  netcat.stdin.end('DO TELESCOPE PARK\nSET TELESCOPE LIMIT.ALT 25\nGET TELESCOPE LIMITS\n');
  await lab.until(async () => output.includes('LIMITS'), 500);
  const lines = output.trimEnd().split('\n');
  t.equal(lines[0], 'PROGRESS ETA=0s');
  t.match(lines[1], /^OK RA=\S+ DEC=\S+ ALT=45deg AZ=180deg HA=0deg AIRMASS=1\.412$/);
  t.same(lines.slice(2), ['OK', 'OK LIMITS="ALT=25deg","SUN=30deg","HA=180deg"'], 'in order');
  netcat.kill();
  await once(netcat, 'close');
});
