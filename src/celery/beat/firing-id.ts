// Names of firings: a task that is sent again after a crash has the id that it had before.
import { createHash } from 'node:crypto';

/** The id of the task of one entry at one due time: a UUID (version 5, of a text) that is always the same. */
export function firingId(name: string, dueMs: number, series: number): string {
  const hash = createHash('sha1')
    .update(JSON.stringify(['pyros celery beat', name, dueMs, series]))
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
