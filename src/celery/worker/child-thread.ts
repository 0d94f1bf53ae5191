// Entry of a child that is a thread.
import { parentPort, workerData } from 'node:worker_threads';
import { ChildSide } from './child-side.js';
import { ClaimBoard } from './claim-board.js';

const side = new ChildSide(new ClaimBoard(workerData.board), {
  send: (message) => parentPort?.postMessage(message),
  flush: () => undefined,
  exit: () => process.exit(0),
});
parentPort?.on('message', (message) => side.onMessage(message));
