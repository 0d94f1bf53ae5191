// Keeps the agents and workers of one host running: each its own process, restarted with back-off when it dies.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/config/index.js';
import { EXIT_CONFIG, EXIT_OK, EXIT_UNAVAILABLE } from '../src/errors/index.js';

/** States of an agent's process. */
export type ProcessState = 'STARTING' | 'RUNNING' | 'RESTARTING' | 'STOPPED' | 'FAILED';

/** A process that is to run. */
export interface ProcessPlan {
  /** Of the agent or worker. */
  name: string;
  /** Where it listens, or what it serves: for people. */
  address: string;
  /** Words after `pyros`. */
  words: readonly string[];
  /** Told to stop once more after this time, it does not finish what it has in hand: a worker's long task. */
  hurryMs?: number;
}

/** What is known of one process. */
export interface AgentProcess {
  name: string;
  address: string;
  state: ProcessState;
  pid: number | undefined;
  restarts: number;
  /** Why it is in this state, for people. */
  detail: string;
}

interface Entry extends AgentProcess {
  plan: ProcessPlan;
  child: ChildProcess | undefined;
  backOffMs: number;
  /** 0 before it was ready for the first time. */
  readySinceMs: number;
  /** It never ran, since another process has its port. */
  wasRunning: boolean;
  timer: NodeJS.Timeout | undefined;
}

const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 30_000;
/** An agent that has run for so long has started well: its next restart is quick again. */
const WELL_AFTER_MS = 30_000;
/** An agent that has not stopped by then is killed. */
const STOP_PATIENCE_MS = 25_000;

/** Runs processes until all have stopped. */
export class Supervisor {
  onChange: (agent: AgentProcess) => void = () => undefined;
  onAllReady: () => void = () => undefined;
  stopping = false;
  #entries: Entry[];
  #ended: (() => void) | undefined;
  #toldReady = false;
  #killTimer: NodeJS.Timeout | undefined;

  /**
   * @param configFile - handed to each process
   * @param environment - variables besides this process's own
   */
  constructor(
    private readonly configFile: string,
    plans: readonly ProcessPlan[],
    private readonly environment: Record<string, string>,
  ) {
    this.#entries = plans.map((plan) => ({
      plan,
      name: plan.name,
      address: plan.address,
      state: 'STARTING',
      pid: undefined,
      restarts: 0,
      detail: '',
      child: undefined,
      backOffMs: FIRST_BACK_OFF_MS,
      readySinceMs: 0,
      wasRunning: false,
      timer: undefined,
    }));
  }

  get agents(): readonly AgentProcess[] {
    return this.#entries;
  }

  /** Whether each had its port taken before it ever ran: somebody has started this observatory already. */
  get allWereRunning(): boolean {
    return this.#entries.every(({ wasRunning }) => wasRunning);
  }

  /** Starts all; resolves when all have stopped or failed for good. */
  run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    for (const entry of this.#entries) this.#start(entry);
    return ended;
  }

  /** Asks all to stop; {@link Supervisor.run} resolves when they have. */
  stop(): void {
    this.stopping = true;
    for (const entry of this.#entries) {
      clearTimeout(entry.timer);
      if (entry.child) this.#stopChild(entry, entry.child);
      else if (entry.state !== 'FAILED') this.#change(entry, 'STOPPED', '');
    }
    this.#killTimer = setTimeout(() => this.kill(), STOP_PATIENCE_MS);
    this.#checkEnd();
  }

  #stopChild({ plan }: Entry, child: ChildProcess): void {
    child.kill('SIGTERM');
    if (plan.hurryMs === undefined) return;
    const hurry = setTimeout(() => child.kill('SIGTERM'), plan.hurryMs);
    child.once('exit', () => clearTimeout(hurry));
  }

  /** Passes a SIGHUP on: agents and workers read their certificates again. */
  hangUp(): void {
    for (const { child, state } of this.#entries) if (state === 'RUNNING') child?.kill('SIGHUP');
  }

  /** Ends all at once. */
  kill(): void {
    for (const { child } of this.#entries) child?.kill('SIGKILL');
  }

  #start(entry: Entry): void {
    const main = join(packageRoot, 'dist', 'scripts', 'main.js');
    const child = fork(main, [...entry.plan.words, '--config', this.configFile], {
      env: { ...process.env, ...this.environment },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    entry.child = child;
    entry.pid = child.pid;
    this.#change(entry, 'STARTING', '');
    child.on('message', () => this.#ready(entry));
    child.once('error', (error) => this.#gone(entry, null, error.message));
    child.once('exit', (code, signal) => this.#gone(entry, code ?? signal, endText(code, signal)));
  }

  #ready(entry: Entry): void {
    entry.readySinceMs = performance.now();
    this.#change(entry, 'RUNNING', entry.restarts > 0 ? `restarted with pid ${entry.pid}` : '');
    if (this.#toldReady || this.#entries.some(({ state }) => state !== 'RUNNING')) return;
    this.#toldReady = true;
    this.onAllReady();
  }

  #gone(entry: Entry, end: number | NodeJS.Signals | null, reason: string): void {
    if (!entry.child) return;
    entry.child = undefined;
    entry.pid = undefined;
    if (end === EXIT_OK) this.#change(entry, 'STOPPED', this.stopping ? '' : 'it was told to');
    else if (this.stopping) this.#change(entry, end === 'SIGKILL' ? 'FAILED' : 'STOPPED', reason);
    else if (end === EXIT_CONFIG) this.#change(entry, 'FAILED', `${reason}: mend the configuration`);
    else if (end === EXIT_UNAVAILABLE && entry.readySinceMs === 0) this.#taken(entry);
    else this.#restartLater(entry, reason);
    this.#checkEnd();
  }

  /** Trying again would not help: whoever has the port keeps it. */
  #taken(entry: Entry): void {
    entry.wasRunning = true;
    this.#change(entry, 'FAILED', 'already running, or its port is taken');
  }

  #restartLater(entry: Entry, reason: string): void {
    const ranMs = entry.state === 'RUNNING' ? performance.now() - entry.readySinceMs : 0;
    if (ranMs > WELL_AFTER_MS) entry.backOffMs = FIRST_BACK_OFF_MS;
    const waitMs = entry.backOffMs;
    entry.backOffMs = Math.min(LONGEST_BACK_OFF_MS, entry.backOffMs * 2);
    entry.restarts += 1;
    this.#change(entry, 'RESTARTING', `${reason}, starts again in ${waitMs / 1000} s`);
    entry.timer = setTimeout(() => this.#start(entry), waitMs);
  }

  #change(entry: Entry, state: ProcessState, detail: string): void {
    entry.state = state;
    entry.detail = detail;
    this.onChange(entry);
  }

  #checkEnd(): void {
    if (this.#entries.some(({ state }) => state !== 'STOPPED' && state !== 'FAILED')) return;
    clearTimeout(this.#killTimer);
    this.#ended?.();
  }
}

function endText(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `killed by ${signal}` : `exit code ${code}`;
}
