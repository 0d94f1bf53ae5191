// Entry of the `pyros` command: runs it, and ends the process with the code that scripts/exit-code.ts gives.
import type { Command } from 'commander';
import { EXIT_FAILURE, EXIT_OK } from '../src/errors/index.js';
import { Sender } from '../src/mesh/index.js';
import { flushOutput } from './output.js';

async function main(): Promise<number> {
  try {
    await (await chosenProgram()).parseAsync();
    return Number(process.exitCode ?? EXIT_OK);
  } catch (error) {
    return await failed(error);
  } finally {
    Sender.close();
    await flushOutput();
  }
}

/** What tells of a failure knows the errors of all rooms: it is loaded when there is one. */
async function failed(error: unknown): Promise<number> {
  const { tellFailure } = await import('./tell-failure.js');
  const { exitCodeOf } = await import('./exit-code.js');
  tellFailure(error, process.argv);
  return exitCodeOf(error);
}

/** An agent's process loads only what it needs: it shall listen soon after its start. */
async function chosenProgram(): Promise<Command> {
  if (process.argv[2] === 'agent') return (await import('./agent-program.js')).agentProgram();
  if (process.argv[2] === 'celery') return (await import('./celery-program.js')).celeryProgram();
  return (await import('./program.js')).program();
}

// A reader that has gone (`pyros status | head`) is no error; a disk that is full is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  process.stderr.write(`pyros: the output cannot be written: ${error.message}\n`, () =>
    process.exit(EXIT_FAILURE),
  );
});
process.exit(await main());
