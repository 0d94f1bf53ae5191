// Logging. Nothing else imports winston.
export { logLine, wantsColour } from './console-line.js';
export * from './logger.js';
