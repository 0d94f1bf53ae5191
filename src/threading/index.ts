// Threads on worker threads, and what they share over shared memory: after Python's `threading`.
export * from './current-thread.js';
export * from './errors.js';
export * from './event.js';
export { type ExceptHook, setExcepthook } from './excepthook.js';
export * from './lock.js';
export * from './r-lock.js';
export * from './thread.js';
export { TIMEOUT_MAX_S } from './timeout.js';
