// An interface for each class of device.
export * from './camera-driver.js';
export * from './device-driver.js';
export * from './dome-driver.js';
export * from './filter-wheel-driver.js';
export * from './focuser-driver.js';
export * from './plc-driver.js';
export * from './telescope-driver.js';
export * from './weather-driver.js';
