// Instruments: what drivers can do, the simulated ones, and the files in which images land.
export * from './agent/index.js';
export * from './drivers/index.js';
export * from './errors.js';
export * from './fits/index.js';
export * from './focus/best-focus.js';
export * from './focus/star-width.js';
export * from './grammar/index.js';
export * from './indi/index.js';
export * from './simulator/index.js';
