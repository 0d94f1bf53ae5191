// Runs a program for every event, with the event on its standard input.
import { type ChildProcess, spawn } from 'node:child_process';
import { longTimer } from '../../clock/index.js';
import { errorText } from '../../errors/index.js';
import type { StoredEvent } from '../stored-event.js';
import type { Handler } from './handler.js';

/** Limits of a program. */
export interface CommandLimits {
  /** How many of it run at once. */
  limit: number;
  /** A run that takes longer is killed, with all that it started. */
  timeoutMs: number;
}

/** What is kept of a program's complaints. */
const MAX_STDERR = 500;

/** Runs `file` for each event, without arguments: not by a shell. */
export function commandHandler(file: string, { limit, timeoutMs }: CommandLimits): Handler {
  const running = new Set<ChildProcess>();
  return {
    name: `cmd ${file}`,
    limit,
    handle: (event) => runOnce(file, event, timeoutMs, running),
    close: () => {
      for (const child of running) killGroup(child);
    },
  };
}

function runOnce(
  file: string,
  { bytes, ivorn, role, id }: StoredEvent,
  timeoutMs: number,
  running: Set<ChildProcess>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, VOEVENT_IVORN: ivorn, VOEVENT_ROLE: role, VOEVENT_ID: id };
    // A group of its own, so that what it starts can be ended with it.
    const child = spawn(file, [], { stdio: ['pipe', 'ignore', 'pipe'], env, detached: true });
    running.add(child);
    let complaint = '';
    let isLate = false;
    const timer = longTimer(timeoutMs, () => {
      isLate = true;
      killGroup(child);
    });
    const end = (reason?: string) => {
      timer.cancel();
      running.delete(child);
      if (reason === undefined) resolve();
      else reject(new Error(reason));
    };
    child.on('error', (error) => end(`${file} cannot be run: ${errorText(error)}`));
    child.stderr.on('data', (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-MAX_STDERR);
    });
    // What it starts may hold its standard error open: its own end counts.
    child.on('exit', (code, signal) => {
      if (isLate) end(`${file} was killed after ${timeoutMs / 1000} s`);
      else if (code === 0) end();
      else
        end(`${file} has ended with ${signal ?? `exit code ${code}`}: ${complaint.trim() || 'no complaint'}`);
      child.stderr.destroy();
    });
    // A program that does not read its input has its reasons.
    child.stdin.on('error', () => undefined);
    child.stdin.end(bytes);
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
