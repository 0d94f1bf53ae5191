// Commands to workers, and their answers on the way back.
import type { MessageContext } from '../../../mesh/index.js';
import { globOf } from '../../routes.js';
import type { WorkerSession } from './worker-session.js';

/** A command as it came. */
export interface ControlCommand {
  method: string;
  arguments: Record<string, unknown>;
  destination?: string[] | undefined;
  pattern?: string | undefined;
  matcher?: 'glob' | 'pcre' | undefined;
  timeoutMs: number;
}

const LONGEST_WAIT_MS = 600_000;

export class ControlDesk {
  #lastTicket = 0;
  #open = new Map<number, { waitsFor: Set<string>; replies: Record<string, unknown>; end: () => void }>();

  /** Resolves with the answers by worker: of all that were asked, or of those that came in time. */
  ask(
    command: ControlCommand,
    sessions: Iterable<WorkerSession>,
    context: MessageContext,
  ): Promise<Record<string, unknown>> {
    const asked = [...sessions].filter((session) => session.present && isMeant(command, session.row.node));
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    const { method, arguments: args } = command;
    for (const session of asked) session.send({ control: { ticket, method, arguments: args } });
    const replies: Record<string, unknown> = {};
    if (asked.length === 0 || command.timeoutMs <= 0) return Promise.resolve(replies);
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#open.delete(ticket);
        resolve(replies);
      };
      const timer = setTimeout(end, Math.min(command.timeoutMs, LONGEST_WAIT_MS)).unref();
      context.signal.addEventListener('abort', end, { once: true });
      this.#open.set(ticket, { waitsFor: new Set(asked.map(({ row }) => row.node)), replies, end });
    });
  }

  answer(ticket: number, node: string, answer: unknown): void {
    const open = this.#open.get(ticket);
    if (!open?.waitsFor.delete(node)) return;
    open.replies[node] = answer;
    if (open.waitsFor.size === 0) open.end();
  }

  /** A worker has gone: its answer will not come. */
  gone(node: string): void {
    for (const open of this.#open.values()) {
      if (open.waitsFor.delete(node) && open.waitsFor.size === 0) open.end();
    }
  }
}

function isMeant({ destination, pattern, matcher }: ControlCommand, node: string): boolean {
  if (destination && !destination.includes(node)) return false;
  if (pattern === undefined) return true;
  if (matcher === 'pcre') return pcre(pattern)?.test(node) ?? false;
  return globOf(pattern).test(node);
}

function pcre(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}
