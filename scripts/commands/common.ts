// Options that commands share.
import { Command, InvalidArgumentError } from 'commander';
import { type Config, loadConfig } from '../../src/config/index.js';
import { Sender } from '../../src/mesh/index.js';

/** A command that reads the INI file. */
export function configuredCommand(name: string): Command {
  return new Command(name).option('--config <path>', 'another pyros_agent_config.ini');
}

/** The configuration that a command's options choose; messages are sent by it too. */
export function configOf(options: { config?: string }): Config {
  const config = loadConfig(options.config);
  Sender.configure(config);
  return config;
}

/** Parses an option that is a number of seconds above zero. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e7)) throw new InvalidArgumentError('expected a number of seconds above 0');
  return value;
}

/** Parses an option that is a TCP port. */
export function portNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) {
    throw new InvalidArgumentError('expected a TCP port from 1 to 65535');
  }
  return Number(text);
}

/** As {@link seconds}, or zero. */
export function secondsOrNone(text: string): number {
  return Number(text) === 0 && text.trim() !== '' ? 0 : seconds(text);
}

/** Parses an option that counts something, from `least` to a million. */
export function countFrom(least: number, most = 1_000_000): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };
}

/** What all commands do about mistakes in the command line: they throw them, for `main` to tell. */
export function configured(command: Command): Command {
  return command.exitOverride().showHelpAfterError('(add --help for usage)');
}
