// pyros demo: a whole observatory takes an alert and makes images, in less than a minute.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { EXIT_FAILURE, EXIT_OK, errorText } from '../../src/errors/index.js';
import { readFitsHeader } from '../../src/instruments/index.js';
import { limitsOf, siteOf } from '../../src/observatory/index.js';
import { sendVOEvent } from '../../src/voevent/index.js';
import { movedAlert } from '../demo/moved-alert.js';
import { jsonLine, printJson, printTable } from '../output.js';
import { failureReport } from '../tell-failure.js';
import { type SequenceSummary, TemporaryObservatory } from '../temporary-observatory.js';

/** Speed of the demonstration's clock. */
const RATE = 5;
const TIME_LIMIT_MS = 55_000;

/** One step of the demonstration. */
interface Step {
  step: string;
  /** Observatory time since the alert, in seconds. */
  sinceAlertS: number;
  path?: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Run a whole simulated observatory in a temporary folder, send it a real alert, and show what it does.',
    )
    .option('--json', 'print the result as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const say = json ? () => undefined : (line: string) => console.log(line);
      const observatory = await TemporaryObservatory.start({
        name: 'demo',
        values: { 'clock.mode': 'simulated', 'clock.start': 'evening', 'clock.rate': String(RATE) },
      });
      let interrupted = false;
      const interrupt = () => {
        interrupted = true;
        void observatory.stop();
      };
      process.once('SIGINT', interrupt);
      process.once('SIGTERM', interrupt);
      try {
        const steps = await play(observatory, say);
        process.exitCode = EXIT_OK;
        if (json) printJson({ directory: observatory.directory, steps });
        else printSteps(steps, observatory.directory);
      } catch (error) {
        process.exitCode = EXIT_FAILURE;
        if (interrupted) console.error(`Interrupted. What there is stays in ${observatory.directory}`);
        else if (json) console.log(jsonLine(failureReport(error)));
        else console.error(`The demonstration failed: ${errorText(error)}\n${tail(observatory.console())}`);
      } finally {
        await observatory.stop();
      }
    });
}

async function play(observatory: TemporaryObservatory, say: (line: string) => void): Promise<Step[]> {
  const { config, directory } = observatory;
  say(`Starting ${config.agents.size} agents in ${directory}`);
  await observatory.ready();
  const night = new Date(observatory.now()).toISOString().slice(0, 19);
  say(
    `All agents are ready. At ${config.observatory.name} it is ${night} UTC; the clock runs ${RATE} times faster.`,
  );
  const alert = movedAlert(siteOf(config), limitsOf(config), observatory.now());
  say(`Sending ${alert.ivorn}`);
  for (const change of alert.changes) say(`  ${change}`);
  const answer = await sendVOEvent({ host: '127.0.0.1', port: observatory.vtpPort }, alert.bytes);
  if (!answer.accepted) throw new Error(`the broker refused the alert: ${answer.reason}`);
  say('The broker has stored and acknowledged it.');
  const sequence = await follow(observatory, alert.ivorn, say);
  for (const { path } of sequence.images) checkImage(path, alert.ivorn);
  return stepsOf(sequence);
}

/** Watches the sequence of an alert until it is over, and says each new step. */
async function follow(
  observatory: TemporaryObservatory,
  ivorn: string,
  say: (line: string) => void,
): Promise<SequenceSummary> {
  const told = new Set<string>();
  return observatory.until(TIME_LIMIT_MS, 'the sequence is finished', async () => {
    const sequence = (await observatory.sequences()).find((one) => one.ivorn === ivorn);
    if (!sequence) return undefined;
    for (const { step, sinceAlertS } of stepsOf(sequence)) {
      if (!told.has(step)) say(`  T+${sinceAlertS.toFixed(1).padStart(5)} s  ${step}`);
      told.add(step);
    }
    if (sequence.state === 'FAILED') throw new Error(`the sequence failed: ${sequence.reason}`);
    return sequence.state === 'FINISHED' ? sequence : undefined;
  });
}

function stepsOf({ times, images }: SequenceSummary): Step[] {
  const alertMs = times.alertMs ?? 0;
  const steps: Step[] = [{ step: 'alert received', sinceAlertS: 0 }];
  const add = (step: string, timeMs: number | undefined, path?: string) => {
    if (timeMs !== undefined)
      steps.push({ step, sinceAlertS: (timeMs - alertMs) / 1000, ...(path && { path }) });
  };
  add('slew begun', times.slewMs);
  add('on target', times.onTargetMs);
  for (const [index, { path, storedMs }] of images.entries())
    add(index === 0 ? 'first image' : `image ${index + 1}`, storedMs, path);
  return steps;
}

/** @throws when the file is no FITS image of this alert */
function checkImage(path: string, ivorn: string): void {
  const header = readFitsHeader(readFileSync(path)).header;
  if (header.text('TRIGID') !== ivorn) throw new Error(`${path} is not an image of ${ivorn}`);
}

function printSteps(steps: Step[], directory: string): void {
  console.log('');
  const rows = steps.map(({ step, sinceAlertS, path }) => [
    step,
    sinceAlertS.toFixed(3),
    (sinceAlertS / RATE).toFixed(3),
    path,
  ]);
  printTable(['STEP', 'SINCE ALERT (S)', 'REAL (S)', 'FILE'], rows);
  const images = steps.filter(({ path }) => path).length;
  console.log(`\n${images} images. Images, logs and configuration stay in ${directory} until you remove it.`);
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-15).join('\n');
}
