// pyros celery: workers, calls, and a look at both.
import { Command } from 'commander';
import { configured } from '../common.js';
import { callCommand } from './call.js';
import { application } from './common.js';
import { controlCommand } from './control.js';
import { eventsCommand } from './events.js';
import { inspectCommand, statusCommand } from './inspect.js';
import { listCommand, purgeCommand } from './queues.js';
import { resultCommand } from './result.js';
import { workerCommand } from './worker.js';

const COMMANDS = [
  workerCommand,
  callCommand,
  resultCommand,
  statusCommand,
  inspectCommand,
  controlCommand,
  eventsCommand,
  purgeCommand,
  listCommand,
];

export function celeryCommand(): Command {
  const celery = new Command('celery').description(
    'Tasks: run a worker, call a task, read results, look into workers and queues.',
  );
  // Users of Celery name the application first.
  celery.option('-A, --app <name>', 'the application', application);
  for (const make of COMMANDS) celery.addCommand(configured(make()));
  return celery;
}
