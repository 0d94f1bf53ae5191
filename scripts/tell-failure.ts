// How a command that fails says why: a line for people on standard error, or JSON for scripts on standard output.
import { CommanderError } from 'commander';
import { ConfigError } from '../src/config/index.js';
import { errorCode, PyrosError } from '../src/errors/index.js';
import { isGrammarError, isSystemError } from './exit-code.js';
import { jsonLine, printable } from './output.js';
import { advised } from './unreached.js';

/** What `--json` prints of a failure. */
export interface FailureReport {
  ok: false;
  /** As in docs/errors.md and docs/commands.md. */
  code: string;
  error: string;
}

/** Tells the failure. commander has already said what is wrong with a command line, in words. */
export function tellFailure(error: unknown, commandLine: readonly string[]): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (wantsJson(commandLine)) console.log(jsonLine(failureReport(error)));
  else if (!(error instanceof CommanderError)) console.error(failureText(error));
}

/** A failure for scripts. */
export function failureReport(error: unknown): FailureReport {
  const code = error instanceof CommanderError ? 'USAGE' : (errorCode(error) ?? 'INTERNAL_ERROR');
  return { ok: false, code, error: advised(error).replace(/^error: /, '') };
}

function failureText(error: unknown): string {
  if (isGrammarError(error)) return [...error.pointed(), `pyros: ${error.reason}`].map(inColumns).join('\n');
  // One mistake of the INI file per line.
  if (error instanceof ConfigError) return error.message.split('\n').map(printable).join('\n');
  if (error instanceof PyrosError || isSystemError(error)) return `pyros: ${printable(advised(error))}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Without control characters, each of which leaves a space, so that the caret below stays in its place. */
function inColumns(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
}

/** By the words, because a command line that is wrong has no options yet. */
function wantsJson(commandLine: readonly string[]): boolean {
  const end = commandLine.indexOf('--');
  return commandLine.slice(0, end === -1 ? undefined : end).includes('--json');
}
