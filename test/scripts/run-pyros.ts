// Runs the `pyros` command as a process of its own.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Test } from 'tap';
import { type Config, loadConfig, packageRoot } from '../../src/config/index.js';
import { testConfigText } from '../helpers/test-config.js';

/** A `pyros` that runs. */
export class PyrosProcess {
  stdout = '';
  stderr = '';
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  #wake: () => void = () => undefined;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [join(packageRoot, 'dist', 'scripts', 'main.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => code ?? signal);
    void this.ended.then(() => this.#wake());
  }

  /** Resolves when `pattern` was printed on either output. @throws Error when the process ends without */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`it ended with ${exitCode ?? signalCode} before it printed ${pattern}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What a command said, and its exit code. */
export interface Outcome {
  code: number | string;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end. */
export async function runPyros(...args: string[]): Promise<Outcome> {
  const run = new PyrosProcess(args);
  const code = await run.ended;
  return { code, stdout: run.stdout, stderr: run.stderr };
}

/** An INI file of its own with agents of which none runs yet; `edit` changes its text. */
export async function writeIni(
  t: Test,
  agents: readonly string[],
  edit = (text: string) => text,
): Promise<Config> {
  const directory = t.testdir();
  const file = join(directory, 'pyros_agent_config.ini');
  writeFileSync(file, edit(await testConfigText({ directory, agents })));
  return loadConfig(file);
}
