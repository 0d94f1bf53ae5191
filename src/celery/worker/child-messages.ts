// What a worker and its children say to each other.
import type { PackedPart, PackedResult, PackedTask } from '../broker/embedded/protocol.js';

/** Options of a task that the worker must know; it does not load the tasks itself. */
export interface TaskTraits {
  name: string;
  acksLate: boolean;
  rejectOnWorkerLost: boolean;
  acksOnFailureOrTimeout: boolean;
  ignoreResult: boolean;
  trackStarted: boolean;
  timeLimit: number | null;
  softTimeLimit: number | null;
  rateLimit: string | null;
}

/** A task to run: its number at this child, its message packed, its queue, and what applies to it. */
export interface RunOrder {
  n: number;
  packed: Uint8Array;
  queue: string;
  priority: number;
  redelivered: boolean;
  /** In ms, 0 for none. */
  softMs: number;
  /** How long it may go on after that when it listens to its signal, in ms. */
  tidyMs: number;
}

export type ToChild =
  | { kind: 'run'; orders: RunOrder[] }
  | { kind: 'config'; configFile: string; node: string }
  | { kind: 'skip'; n: number }
  | { kind: 'terminate' }
  | { kind: 'call back'; above: number }
  | { kind: 'shed' };

/** How a run has ended. */
export interface RunEnd {
  n: number;
  id: string;
  name: string;
  /** SUCCESS, FAILURE, RETRY, IGNORED, REJECTED or SKIPPED. */
  status: string;
  result: PackedResult | null;
  retry: PackedTask | null;
  followers: PackedTask[] | null;
  /** States of tasks that will not come, and parts of chords. */
  results: PackedResult[] | null;
  parts: PackedPart[] | null;
  deadLetter: string | null;
  /** With REJECTED: back to its queue. */
  requeue: boolean;
  /** It was given up at its soft limit, and goes on: its child ends. */
  goesOn: boolean;
  runtimeMs: number;
  /** For people. */
  text: string;
}

export type FromChild =
  | { kind: 'ready'; tasks: TaskTraits[]; memoryKiB: number }
  | { kind: 'failed'; error: string; code: string }
  | { kind: 'ended'; ends: RunEnd[] }
  | { kind: 'memory'; memoryKiB: number }
  | { kind: 'state'; state: PackedResult }
  | { kind: 'called back' }
  | { kind: 'tidying' };
