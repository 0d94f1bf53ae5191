// The way of an alert through a whole observatory: separate processes, loopback, real files.
import { rm } from 'node:fs/promises';
import { movedAlert } from '../../scripts/demo/moved-alert.js';
import { type SequenceSummary, TemporaryObservatory } from '../../scripts/temporary-observatory.js';
import { limitsOf, siteOf } from '../../src/observatory/index.js';
import { connect, listen } from '../../src/socket/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';
import { type Benchmark, figure, percentile } from '../figure.js';

const ALERTS = 10;
const RATE = 20;
const EXPOSURE_S = 1;
/** The simulated camera's, after the shutter has closed. */
const READOUT_S = 1;
/** The scheduler leaves a sequence this much time to slew, and begins the next no earlier. */
const SEQUENCE_PATIENCE_MS = 45_000;

/** How long things took, in ms of real time. */
interface Sample {
  /** From the begin of the connection, as an author sees it. */
  ack: number;
  slew: number;
  image: number;
  /** Slewing, exposing and reading, which no software makes shorter. */
  devices: number;
}

const whole: Benchmark = async () => {
  const observatory = await TemporaryObservatory.start({
    name: 'bench',
    values: {
      'clock.rate': String(RATE),
      'strategy.default.exposure': `${EXPOSURE_S}s`,
      'strategy.default.count': '1',
    },
  });
  try {
    await observatory.ready();
    const samples: Sample[] = [];
    for (let n = 1; n <= ALERTS; n += 1) samples.push(await oneAlert(observatory, n));
    const echo = await echoTimes(ALERTS * 10);
    const all = (key: keyof Sample, part: number) =>
      percentile(
        samples.map((sample) => sample[key]),
        part,
      );
    // Of a run that failed everything stays, to be looked at.
    await observatory.stop();
    await rm(observatory.directory, { recursive: true, force: true });
    return [
      figure('author: connect to ack, p50', all('ack', 0.5), 'ms', { atMost: 20 }, percentile(echo, 0.5)),
      figure('author: connect to ack, p99', all('ack', 0.99), 'ms', { atMost: 200 }, percentile(echo, 0.99)),
      figure('alert received to slew command, p50', all('slew', 0.5), 'ms', { atMost: 50 }),
      figure('alert received to slew command, p99', all('slew', 0.99), 'ms', { atMost: 500 }),
      figure(
        'alert received to first FITS, p50',
        all('image', 0.5),
        'ms',
        { ratioAtMost: 1.5 },
        all('devices', 0.5),
      ),
      figure(
        'alert received to first FITS, p99',
        all('image', 0.99),
        'ms',
        { ratioAtMost: 2 },
        all('devices', 0.99),
      ),
    ];
  } finally {
    await observatory.stop();
  }
};

export default whole;

async function oneAlert(observatory: TemporaryObservatory, number: number): Promise<Sample> {
  const { config } = observatory;
  const alert = movedAlert(siteOf(config), limitsOf(config), observatory.now(), number);
  const begun = performance.now();
  const answer = await sendVOEvent({ host: '127.0.0.1', port: observatory.vtpPort }, alert.bytes);
  const ack = performance.now() - begun;
  if (!answer.accepted) throw new Error(`alert ${number} was refused: ${answer.reason}`);
  const sequence = await observatory.until(
    SEQUENCE_PATIENCE_MS,
    `sequence ${number} is finished`,
    async () => {
      const found = (await observatory.sequences()).find(({ ivorn }) => ivorn === alert.ivorn);
      if (found?.state === 'FAILED') throw new Error(`sequence ${number} failed: ${found.reason}`);
      return found?.state === 'FINISHED' ? found : undefined;
    },
  );
  return { ack, ...timesOf(sequence) };
}

function timesOf({ times, images }: SequenceSummary): Omit<Sample, 'ack'> {
  const { alertMs = 0, slewMs = 0, onTargetMs = 0 } = times;
  const imageMs = images[0]?.storedMs ?? Number.NaN;
  return {
    slew: (slewMs - alertMs) / RATE,
    image: (imageMs - alertMs) / RATE,
    devices: (onTargetMs - slewMs + (EXPOSURE_S + READOUT_S) * 1000) / RATE,
  };
}

/** Round trips of as many bytes on a new connection each: what the network alone takes. */
async function echoTimes(count: number): Promise<number[]> {
  const listener = await listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connection.start({ onData: (chunk) => connection.send(chunk) });
  });
  const packet = Buffer.alloc(6_300, 'x');
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const begun = performance.now();
    const connection = await connect({ host: '127.0.0.1', port: listener.port });
    let received = 0;
    await new Promise<void>((resolve) => {
      connection.start({
        onData: (chunk) => {
          received += chunk.length;
          if (received >= packet.length) resolve();
        },
      });
      connection.send(packet);
    });
    times.push(performance.now() - begun);
    connection.destroy();
  }
  await listener.close();
  return times;
}
