// Agents of devices.
export * from './ask-device.js';
export { Call } from './call.js';
export * from './camera-agent.js';
export { onFastClockMs } from './fast-clock.js';
export * from './instrument-agent.js';
export { cameraAgent } from './make-camera.js';
export * from './plc-heartbeat.js';
export * from './pointing-limits.js';
export { observingSite } from './site-of.js';
export * from './votes.js';
