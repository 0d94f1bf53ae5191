// pyros do, pyros get and pyros set: one sentence to one device.
import type { Command } from 'commander';
import type { Verb } from '../../src/instruments/index.js';
import { interruption } from '../interruption.js';
import { jsonLine, printable } from '../output.js';
import { ProgressBar } from '../sentences/progress-bar.js';
import { type SentenceAnswer, sendSentence } from '../sentences/send-sentence.js';
import { sentenceOf } from '../sentences/sentence-words.js';
import { configOf, configuredCommand, seconds } from './common.js';

interface Options {
  config?: string;
  json?: boolean;
  timeout?: number;
}

export function doCommand(): Command {
  return sentenceCommand('DO', 'Let an instrument do something, and show how far it is until it is done.');
}

export function getCommand(): Command {
  return sentenceCommand('GET', 'Ask an instrument for something that it knows, also while it is at work.');
}

export function setCommand(): Command {
  return sentenceCommand('SET', 'Set something of an instrument.');
}

function sentenceCommand(verb: Verb, description: string): Command {
  const name = verb.toLowerCase();
  return (
    configuredCommand(name)
      .description(description)
      .argument('<device>', 'the instrument, for example TELESCOPE or CAMERA:VIS')
      .argument('<words...>', `what to ${name}, and its parameters; GET device HELP lists them`)
      .option('--timeout <seconds>', 'how long to wait for the answer', seconds)
      .option('--json', 'print {"ok":true,"reply":...} or {"ok":false,"code":...,"error":...} on one line')
      // A value may begin with a minus.
      .allowUnknownOption()
      .action(async (device: string, words: string[], options: Options) => {
        const answers = await send(sentenceOf([verb, device, ...words]), options);
        if (options.json) console.log(jsonLine({ ok: true, reply: jsonReply(answers) }));
        else
          for (const line of answers.flatMap((answer) => linesOf(answer, answers.length > 1)))
            console.log(line);
      })
  );
}

async function send(sentence: string, options: Options): Promise<SentenceAnswer[]> {
  const config = configOf(options);
  const bar = new ProgressBar(process.stderr);
  const controller = new AbortController();
  // Whoever goes stops what he began.
  interruption(() => controller.abort(new Error('interrupted by Ctrl-C')));
  try {
    return await sendSentence(config, sentence, {
      timeoutS: options.timeout,
      signal: controller.signal,
      onProgress: (values) => options.json || bar.show(values),
    });
  } finally {
    bar.end();
  }
}

/** To all devices, the replies by their names. */
function jsonReply(answers: SentenceAnswer[]): unknown {
  if (answers.length === 1) return answers[0]?.values;
  return Object.fromEntries(answers.map(({ device, values }) => [device, values]));
}

/** An answer for people; help is a line for each command. */
export function linesOf({ device, values, line }: SentenceAnswer, withDevice = false): string[] {
  const { HELP: help } = values;
  if (Array.isArray(help)) return help.map((one) => printable(String(one)));
  return [printable(withDevice ? `${device}: ${line}` : line)];
}
