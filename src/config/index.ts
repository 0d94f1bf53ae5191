// The configuration file. Nothing else imports ini.
export * from './celery.js';
export * from './config.js';
export * from './errors.js';
export * from './message-senders.js';
export * from './package-root.js';
export * from './receivers.js';
export * from './schema.js';
