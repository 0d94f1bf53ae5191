// Logging. Nothing else imports winston.
export { wantsColour } from './console-line.js';
export * from './logger.js';
