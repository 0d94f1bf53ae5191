// pyros celery events: what workers do, as they do it.
import type { Command } from 'commander';
import type { Celery } from '../../../src/celery/index.js';
import { errorCode } from '../../../src/errors/index.js';
import { EventBoard, eventLine, type WorkerEvent } from '../../event-board.js';
import { interruption, pause } from '../../interruption.js';
import { LiveTable } from '../../live-table.js';
import { jsonLine, writeOutput } from '../../output.js';
import { OutputReader } from '../../output-reader.js';
import { appOf, type CeleryCommandOptions, celerySubcommand } from './common.js';

interface Options extends CeleryCommandOptions {
  json?: boolean;
  dump?: boolean;
}

const AGAIN_MS = 500;
/** Lines that a slow reader may leave unread before events are passed over. */
const UNREAD_LIMIT = 10_000;

export function eventsCommand(): Command {
  return celerySubcommand('events')
    .description('Show what workers do, as a table that goes on until Ctrl-C; lines when it is no terminal.')
    .option('--json', 'each event as one line of JSON')
    .option('-d, --dump', 'each event as one line, on a terminal too')
    .action(async (options: Options) => {
      const app = appOf(options);
      const reader = new OutputReader();
      const stop = AbortSignal.any([interruption(), reader.gone]);
      const isTable = process.stdout.isTTY && !options.json && !options.dump;
      const show = isTable ? showTable : showLines;
      try {
        await show(app, stop, options.json ?? false);
      } finally {
        reader.close();
        app.close();
      }
    });
}

async function showTable(app: Celery, stop: AbortSignal): Promise<void> {
  const board = new EventBoard();
  const table = new LiveTable(process.stdout, (rows, columns) =>
    board.lines(Date.now() / 1000, rows, columns),
  );
  const onEvents = (events: WorkerEvent[]) => {
    for (const event of events) board.add(event);
    table.change();
  };
  try {
    await listen(app, stop, onEvents, () => undefined);
  } finally {
    table.end();
  }
}

async function showLines(app: Celery, stop: AbortSignal, json: boolean): Promise<void> {
  const board = new EventBoard();
  let unread = 0;
  let passedOver = 0;
  const show = (event: WorkerEvent) => {
    board.add(event);
    if (unread >= UNREAD_LIMIT) {
      passedOver += 1;
      return;
    }
    if (passedOver > 0) console.error(`pyros: ${passedOver} events passed over: the reader is too slow`);
    passedOver = 0;
    unread += 1;
    const line = json ? jsonLine(event) : eventLine(event, board.nameOf(event));
    void writeOutput(`${line}\n`).then(() => {
      unread -= 1;
    });
  };
  const onEvents = (events: WorkerEvent[]) => events.forEach(show);
  await listen(app, stop, onEvents, (text) => console.error(`pyros: ${text}`));
}

/** Events until it is stopped. @throws MeshError when the broker is not there at first */
async function listen(
  app: Celery,
  stop: AbortSignal,
  onEvents: (events: WorkerEvent[]) => void,
  tell: (text: string) => void,
): Promise<void> {
  let hasHeard = false;
  while (!stop.aborted) {
    try {
      await app.broker.events((events) => {
        if (!hasHeard) tell('listening to the events of workers');
        hasHeard = true;
        onEvents(events);
      }, stop);
    } catch (error) {
      if (stop.aborted) return;
      const isAway = ['UNREACHABLE', 'CONNECTION_LOST', 'STOPPING'].includes(errorCode(error) ?? '');
      if (!hasHeard || !isAway) throw error;
    }
    await pause(AGAIN_MS, stop);
  }
}
