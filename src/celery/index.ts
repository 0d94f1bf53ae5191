// Celery: tasks that are durable, timely and revocable.
export * from './app.js';
export * from './broker/broker.js';
export { type Aftermath, aftermathOf } from './broker/embedded/aftermath.js';
export type { BrokerBeat } from './broker/embedded/broker-beat.js';
export { openBeat } from './broker/embedded/open-beat.js';
export * as brokerMessages from './broker/embedded/protocol.js';
export { TaskBroker } from './broker/embedded/task-broker.js';
export { checkSignal, isTaskId, isTaskName } from './call-options.js';
export * from './canvas/index.js';
export * from './control.js';
export { controlMistake, LARGEST_POOL } from './control-arguments.js';
export { currentApp } from './current-app.js';
export * from './errors.js';
export * from './group-result.js';
export * from './message.js';
export * from './result.js';
export {
  ContentDisallowed,
  DecodeError,
  EncodeError,
  SerializationError,
  WRITABLE_SERIALIZER_NAMES,
} from './serialization/index.js';
export { dateFromIso } from './serialization/iso-time.js';
export * as states from './states.js';
export * from './task.js';
export { Worker } from './worker/worker.js';
export type { WorkerOptions } from './worker/worker-options.js';
