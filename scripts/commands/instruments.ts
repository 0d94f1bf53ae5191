// pyros instruments: a shell in which sentences are typed, with history, completion and help.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Command } from 'commander';
import type { Config } from '../../src/config/index.js';
import { EXIT_FAILURE, EXIT_OK, errorCode, errorText } from '../../src/errors/index.js';
import { errorLine, GrammarError } from '../../src/instruments/index.js';
import { printable } from '../output.js';
import { completeSentence, withSpace } from '../sentences/complete-sentence.js';
import { ProgressBar } from '../sentences/progress-bar.js';
import { instrumentsOf, sendSentence } from '../sentences/send-sentence.js';
import { configOf, configuredCommand } from './common.js';
import { linesOf } from './sentence.js';

const PROMPT = 'pyros> ';
const HISTORY_LINES = 1000;
const WORDS = ['help', 'quit'];
const HELP = [
  'DO, GET or SET, a device, and what: DO TELESCOPE GOTO RA=05:34:31.97 DEC=+22:00:52.1',
  'help DEVICE lists its commands, help DEVICE ITEM tells how one is used; Tab completes, quit or Ctrl-D ends.',
];

export function instrumentsCommand(): Command {
  return configuredCommand('instruments')
    .description('Speak with the instruments: a shell with history, completion and help.')
    .option('--history <path>', 'where lines are remembered', join(homedir(), '.pyros_history'))
    .action(async (options: { config?: string; history: string }) => {
      const shell = new InstrumentShell(configOf(options), options.history);
      process.exitCode = await shell.run();
    });
}

class InstrumentShell {
  readonly #devices: string[];
  readonly #isTerminal = process.stdin.isTTY === true;
  #running: AbortController | undefined;
  #failed = false;

  constructor(
    private readonly config: Config,
    private readonly historyFile: string,
  ) {
    this.#devices = instrumentsOf(config);
  }

  /** @returns the exit code: that of a pipe of which all was answered with OK, or of a person */
  async run(): Promise<number> {
    const lines = this.#open();
    if (this.#isTerminal) console.log(`Instruments: ${this.#devices.join(', ')}. help tells more.`);
    lines.prompt();
    for await (const line of lines) {
      if (/^\s*(quit|exit)\s*$/i.test(line)) break;
      if (line.trim() !== '') await this.#answer(line);
      lines.prompt();
    }
    lines.close();
    return this.#failed && !this.#isTerminal ? EXIT_FAILURE : EXIT_OK;
  }

  #open(): Interface {
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#isTerminal,
      prompt: this.#isTerminal ? PROMPT : '',
      history: this.#isTerminal ? this.#remembered() : [],
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string) => [withSpace(this.#candidates(line)), line.split(' ').at(-1)],
    });
    lines.on('history', (history) => this.#remember(history));
    lines.on('SIGINT', () => {
      if (this.#running) this.#running.abort(new Error('interrupted by Ctrl-C'));
      else lines.close();
    });
    return lines;
  }

  #candidates(line: string): string[] {
    const [, sentence] = /^\s*help\s+(.*)$/i.exec(line) ?? [];
    if (sentence !== undefined)
      return completeSentence(
        / /.test(sentence) ? `GET ${sentence.replace(/ /, ' HELP ')}` : `GET ${sentence}`,
        this.#devices,
      );
    const words = /\s/.test(line) ? [] : WORDS.filter((word) => word.startsWith(line.toLowerCase()));
    return [...completeSentence(line, this.#devices), ...words];
  }

  async #answer(line: string): Promise<void> {
    const [, device, item = ''] = /^\s*help(?:\s+(\S+)(?:\s+(\S+))?)?\s*$/i.exec(line) ?? [];
    if (/^\s*help\s*$/i.test(line)) for (const one of HELP) console.log(one);
    else await this.#send(device === undefined ? line : `GET ${device} HELP ${item}`);
  }

  async #send(sentence: string): Promise<void> {
    const bar = new ProgressBar(process.stderr);
    this.#running = new AbortController();
    const { signal } = this.#running;
    try {
      const answers = await sendSentence(this.config, sentence, {
        signal,
        onProgress: (values) => bar.show(values),
      });
      bar.end();
      for (const answer of answers) for (const line of linesOf(answer, answers.length > 1)) console.log(line);
    } catch (error) {
      bar.end();
      this.#failed = true;
      this.#tell(error);
    } finally {
      this.#running = undefined;
    }
  }

  #tell(error: unknown): void {
    if (error instanceof GrammarError && this.#isTerminal) {
      // Below what was typed.
      console.log(`${' '.repeat(PROMPT.length)}${error.pointed()[1]}`);
      console.log(errorLine(error.code, error.reason));
    } else console.log(printable(errorLine(errorCode(error) ?? 'DRIVER', errorText(error))));
  }

  #remembered(): string[] {
    try {
      return readFileSync(this.historyFile, 'utf8').split('\n').filter(Boolean).slice(0, HISTORY_LINES);
    } catch {
      return [];
    }
  }

  /** A shell that cannot remember works all the same. */
  #remember(history: string[]): void {
    try {
      writeFileSync(this.historyFile, `${history.join('\n')}\n`, { mode: 0o600 });
      chmodSync(this.historyFile, 0o600);
    } catch {}
  }
}
