// The states that the broker itself gives to a task.
import { FAILURE, REVOKED } from '../../states.js';
import type { PackedResult } from './protocol.js';

/** `reason` is `revoked`, `terminated` or `expired`. */
export function revokedResult(id: string, reason: string): PackedResult {
  return made(id, REVOKED, 'TaskRevokedError', 'celery.exceptions', reason);
}

/** The worker that ran it has gone. */
export function workerLostResult(id: string, node: string): PackedResult {
  const text = `worker ${node} was lost while it ran the task`;
  return made(id, FAILURE, 'WorkerLostError', 'billiard.exceptions', text);
}

/** It was delivered too often. */
export function deliveredTooOften(id: string, deliveries: number): PackedResult {
  const text = `delivered ${deliveries} times, and each time the worker was lost`;
  return made(id, FAILURE, 'WorkerLostError', 'billiard.exceptions', text);
}

function made(id: string, status: string, type: string, module: string, text: string): PackedResult {
  const result = { exc_type: type, exc_message: [text], exc_module: module };
  const body = { task_id: id, status, result, traceback: null, children: [] };
  return [id, status, 'application/json', Buffer.from(JSON.stringify(body))];
}
