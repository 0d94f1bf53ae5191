// The domain: what agents tell each other, and how the observatory decides.
export * from './errors.js';
export * from './messages.js';
export * from './model.js';
export * from './opportunity.js';
export * from './own-event.js';
export * from './placing.js';
export * from './site.js';
export * from './strategy.js';
export * from './transients.js';
