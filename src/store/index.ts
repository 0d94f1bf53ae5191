// The one embedded database layer: nothing else imports lmdb.
export * from './append-log.js';
export * from './errors.js';
export * from './store.js';
