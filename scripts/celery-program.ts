// The `pyros` command as a worker needs it: without the other commands and all that they load.
import { Command } from 'commander';
import { celeryCommand } from './commands/celery/index.js';
import { configured } from './commands/common.js';

/** `pyros celery` alone. */
export function celeryProgram(): Command {
  return configured(new Command('pyros')).addCommand(configured(celeryCommand()));
}
