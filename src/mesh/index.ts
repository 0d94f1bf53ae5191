// The mesh: agents, and messages between them.
export * from './agent.js';
export { agentEntry } from './agent-entry.js';
export * from './app-config.js';
export * from './application.js';
export * from './clock-origin.js';
export type { Envelope } from './envelope.js';
export * from './environment.js';
export * from './errors.js';
export * from './message.js';
export { Outbox, type SetAside } from './outbox.js';
export type { OutboxChange, OutboxReport } from './outbox-messages.js';
export type { SendOptions } from './outgoing-peer.js';
export { PostOffice } from './post-office.js';
export { newSecret } from './security-files.js';
export * from './sender.js';
export { SenderPool } from './sender-pool.js';
export * from './until-arrived.js';
