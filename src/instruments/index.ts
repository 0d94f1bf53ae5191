// Instruments: what drivers can do, the simulated ones, and the files in which images land.
export * from './drivers/camera-driver.js';
export * from './drivers/telescope-driver.js';
export * from './errors.js';
export * from './fits/index.js';
export * from './indi/index.js';
export * from './grammar/index.js';
export * from './simulator/index.js';
