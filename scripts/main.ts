// Entry of the `pyros` command: runs it, and ends the process with the code that scripts/exit-code.ts gives.
import { EXIT_FAILURE, EXIT_OK } from '../src/errors/index.js';
import { Sender } from '../src/mesh/index.js';
import { Store } from '../src/store/index.js';
import { flushOutput } from './output.js';
import { program } from './program.js';

async function main(): Promise<number> {
  try {
    await (await program(process.argv[2])).parseAsync();
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

/** A disk that takes longer for what is being written hangs: the process ends all the same. */
const REST_PATIENCE_MS = 10_000;

async function end(code: number): Promise<never> {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), REST_PATIENCE_MS).unref();
  await Store.allAtRest().catch(() => undefined);
  process.exit(code);
}

// A reader that has gone (`pyros status | head`) is no error; a disk that is full is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') void end(EXIT_OK);
  else
    process.stderr.write(
      `pyros: the output cannot be written: ${error.message}\n`,
      () => void end(EXIT_FAILURE),
    );
});
await end(await main());
