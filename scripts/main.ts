// Entry of the `pyros` command: runs it, and ends the process with the code that scripts/exit-code.ts gives.
import { EXIT_OK } from '../src/errors/index.js';
import { Sender } from '../src/mesh/index.js';
import { exitCodeOf } from './exit-code.js';
import { flushOutput } from './output.js';
import { program } from './program.js';
import { tellFailure } from './tell-failure.js';

async function main(): Promise<number> {
  try {
    await program().parseAsync();
    return Number(process.exitCode ?? EXIT_OK);
  } catch (error) {
    tellFailure(error, process.argv);
    return exitCodeOf(error);
  } finally {
    Sender.close();
    await flushOutput();
  }
}

// A reader that has gone (`pyros status | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_OK);
});
process.exit(await main());
