// The observatory's time. No other room reads the system's clock for anything that the observatory does.
export * from './clock.js';
export * from './long-timer.js';
export * from './manual-clock.js';
export * from './observatory-clock.js';
export * from './real-clock.js';
export * from './span.js';
