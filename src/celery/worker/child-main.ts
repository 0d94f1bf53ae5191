// Entry of a child that is a process.
import { inheritedPipe } from '../../socket/index.js';
import type { ToChild } from './child-messages.js';
import { ChildSide } from './child-side.js';
import { ClaimBoard } from './claim-board.js';
import { Frames } from './frames.js';

/** The pipe to the worker, and the file of the claim board. */
const PIPE = 3;
const BOARD = 4;
/** Exit code of a child that the worker let go. */
const EXIT_OK = 0;

// For the tasks, which are loaded from now on: what PyROS itself brought would only take memory.
process.setSourceMapsEnabled(true);

const frames = new Frames(inheritedPipe(PIPE), (message) => side.onMessage(message as ToChild), orphaned);
const side = new ChildSide(new ClaimBoard(BOARD), {
  send: (message) => frames.send(message),
  flush: () => frames.flush(),
  exit: () => frames.whenSent(() => process.exit(EXIT_OK)),
});

// Ctrl-C in a terminal is for the worker, which lets its children finish.
process.on('SIGINT', () => undefined);
// A SIGHUP to all processes of a unit is not meant to end a task.
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => side.terminate());

/** The worker has gone: nobody wants what is done here, nor what it has spawned. */
function orphaned(): void {
  if (side.done) process.exit(EXIT_OK);
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(EXIT_OK);
  }
}
