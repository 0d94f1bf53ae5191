// The simulated observatory: instruments that need nothing installed.
export * from './camera.js';
export { type CameraModel, DEFAULT_CAMERA_MODEL } from './camera-model.js';
export * from './dome.js';
export * from './filter-wheel.js';
export * from './focuser.js';
export * from './plc.js';
export * from './telescope.js';
export { DEFAULT_TELESCOPE_MODEL, type TelescopeModel } from './telescope-model.js';
export * from './weather.js';
