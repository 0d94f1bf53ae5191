// Devices of any INDI server, by XML over TCP.
export * from './camera.js';
export { IndiClient, type IndiClientOptions } from './client.js';
export { IndiDevice } from './device.js';
export * from './dome.js';
export type { IndiDriverOptions } from './driver.js';
export * from './filter-wheel.js';
export * from './focuser.js';
export { DEFAULT_INDI_LIMITS, type IndiLimits } from './limits.js';
export { type IndiSettings, indiPlace } from './place.js';
export * from './telescope.js';
export type { IndiTelescopeOptions } from './telescope-options.js';
export * from './weather.js';
