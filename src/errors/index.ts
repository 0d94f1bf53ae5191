// Error classes and exit codes shared by all rooms.
export * from './exit-codes.js';
export * from './pyros-error.js';
export * from './shorten.js';
export * from './unheard.js';
