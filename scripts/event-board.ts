// What `pyros celery events` knows of tasks and workers, from the events that came, and how it shows it.
import { durationText, printable, tableLines } from './output.js';

/** An event of a worker, by Celery's names. */
export type WorkerEvent = Record<string, unknown>;

interface TaskLine {
  id: string;
  name: string;
  worker: string;
  state: string;
  /** When it last began or, while it has not, came; in s UTC. */
  sinceS: number;
  runtimeS: number | undefined;
  text: string;
}

/** State of a task after each event. */
const STATES: Readonly<Record<string, string>> = {
  'task-received': 'RECEIVED',
  'task-started': 'STARTED',
  'task-succeeded': 'SUCCESS',
  'task-failed': 'FAILURE',
  'task-retried': 'RETRY',
  'task-revoked': 'REVOKED',
  'task-rejected': 'REJECTED',
};
const GOING_ON: ReadonlySet<string> = new Set(['RECEIVED', 'STARTED']);
/** Tasks that are remembered; the oldest goes first. */
const TASK_LIMIT = 1_000;
const WORKER_LIMIT = 200;
/** What a table has above its tasks: the workers, an empty line and the head. */
const LINES_ABOVE = 3;

export class EventBoard {
  readonly #tasks = new Map<string, TaskLine>();
  /** Number of tasks that each worker runs. */
  readonly #workers = new Map<string, number>();

  add(event: WorkerEvent): void {
    const type = text(event['type']);
    const worker = text(event['hostname']);
    if (type === 'worker-offline') this.#workers.delete(worker);
    else if (type.startsWith('worker-'))
      remember(this.#workers, worker, number(event['active']) ?? 0, WORKER_LIMIT);
    else if (STATES[type] !== undefined) this.#addTask(type, worker, event);
  }

  /** Name of the task of an event, which only the first event of it tells. */
  nameOf(event: WorkerEvent): string {
    return text(event['name']) || (this.#tasks.get(text(event['uuid']))?.name ?? '');
  }

  /** Lines that fit the terminal: what goes on first, then what came last. */
  lines(nowS: number, rows: number, width: number): string[] {
    const tasks = [...this.#tasks.values()].reverse();
    const going = tasks.filter(({ state }) => GOING_ON.has(state));
    const shown = [...going, ...tasks.filter(({ state }) => !GOING_ON.has(state))];
    const cells = shown
      .slice(0, Math.max(0, rows - LINES_ABOVE))
      .map((task) => [task.id, task.name, task.worker, task.state, duration(task, nowS), task.text]);
    const head = ['ID', 'TASK', 'WORKER', 'STATE', 'TIME', 'RESULT'];
    const workers = [...this.#workers].map(([name, active]) => `${printable(name)} (${active})`);
    const summary = `${going.length} going on, workers: ${workers.join(', ') || 'none'}`;
    return [summary, '', ...tableLines(head, cells, { width })].map((line) => line.slice(0, width));
  }

  #addTask(type: string, worker: string, event: WorkerEvent): void {
    const id = text(event['uuid']);
    const known = this.#tasks.get(id);
    const begins = type === 'task-received' || type === 'task-started';
    const timeS = number(event['timestamp']) ?? 0;
    remember(
      this.#tasks,
      id,
      {
        id,
        name: this.nameOf(event),
        worker,
        state: STATES[type] ?? '',
        sinceS: begins ? timeS : (known?.sinceS ?? timeS),
        runtimeS: begins ? undefined : (number(event['runtime']) ?? timeS - (known?.sinceS ?? timeS)),
        text: whatCame(event),
      },
      TASK_LIMIT,
    );
  }
}

/** An event on one line. */
export function eventLine(event: WorkerEvent, name: string): string {
  const timeS = number(event['timestamp']) ?? 0;
  const runtimeS = number(event['runtime']);
  const parts = [
    new Date(timeS * 1000).toISOString(),
    text(event['hostname']),
    text(event['type']),
    text(event['uuid']),
    name,
    runtimeS === undefined ? '' : `${runtimeS.toFixed(3)}s`,
    whatCame(event),
  ];
  return printable(parts.filter(Boolean).join(' '));
}

/** What the task was given, returned or threw. */
function whatCame(event: WorkerEvent): string {
  return text(event['exception'] ?? event['result'] ?? event['args']);
}

function duration({ runtimeS, sinceS }: TaskLine, nowS: number): string {
  if (runtimeS === undefined) return durationText(Math.max(0, nowS - sinceS));
  return runtimeS < 1 ? `${(runtimeS * 1000).toFixed(1)}ms` : durationText(runtimeS);
}

function remember<V>(map: Map<string, V>, key: string, value: V, limit: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > limit && oldest !== undefined) map.delete(oldest);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
