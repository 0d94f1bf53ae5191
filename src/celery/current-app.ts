// The application of this process, for tasks that name none.
import type { Celery } from './app.js';

let current: Celery | undefined;
let make: (() => Celery) | undefined;

/** The application of this process: the first that was made, else one of the configuration file. */
export function currentApp(): Celery {
  current ??= make?.();
  if (!current) throw new Error('there is no application: make a Celery first');
  return current;
}

/** The first that is made is the current one. */
export function offerCurrent(app: Celery): void {
  current ??= app;
}

export function setCurrent(app: Celery): void {
  current = app;
}

export function leaveCurrent(app: Celery): void {
  if (current === app) current = undefined;
}

/** How one is made when none is there. */
export function makeWhenNeeded(maker: () => Celery): void {
  make = maker;
}
