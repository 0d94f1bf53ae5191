// Errors of the configuration file.
import { PyrosError } from '../errors/index.js';

/** One mistake in the configuration file. */
export interface ConfigMistake {
  /** Section, without brackets; empty when the mistake is about the whole file. */
  section: string;
  /** Key; empty when the mistake is about the whole section. */
  key: string;
  /** Line in the file, from 1, when there is one. */
  line?: number | undefined;
  /** What stands there, or `nothing`. */
  found: string;
  /** What should stand there. */
  expected: string;
}

/** Codes of a {@link ConfigError}. */
export type ConfigErrorCode =
  | 'CONFIG_NOT_FOUND'
  | 'CONFIG_INVALID'
  // Files that [security] names.
  | 'SECRET_INVALID'
  | 'CERTIFICATE_INVALID';

/** The configuration cannot be used. Processes end with exit code 78 (`EX_CONFIG`): a restart would not help. */
export class ConfigError extends PyrosError {
  declare readonly code: ConfigErrorCode;
  readonly mistakes: readonly ConfigMistake[];

  constructor(
    code: ConfigErrorCode,
    message: string,
    mistakes: readonly ConfigMistake[] = [],
    cause?: unknown,
  ) {
    super(code, message, { cause });
    this.mistakes = mistakes;
  }

  /** All mistakes of one file, a line each. */
  static of(file: string, mistakes: readonly ConfigMistake[]): ConfigError {
    return new ConfigError(
      'CONFIG_INVALID',
      mistakes.map((mistake) => line(file, mistake)).join('\n'),
      mistakes,
    );
  }
}

function line(file: string, { section, key, line, found, expected }: ConfigMistake): string {
  const place = line === undefined ? file : `${file} line ${line}`;
  const what = [section && `[${section}]`, key].filter(Boolean).join(' ');
  return `${place}: ${what ? `${what}: ` : ''}found ${found}, expected ${expected}`;
}
