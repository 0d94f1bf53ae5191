// VOEvents: their model, parsing, writing, storing, and their transport (VTP). What other rooms may use.
export * from './errors.js';
export { eventId } from './identity.js';
export { streamOf } from './ivorn.js';
export { DEFAULT_LIMITS, type VOEventLimits } from './limits.js';
export type { VoeventLog } from './log.js';
export type * from './model.js';
export { interpret, type SkyPosition, type TransientNotice } from './notice.js';
export { parseVOEvent } from './parse.js';
export { type Added, EventStore, type StoredEvent } from './store.js';
export { VOEVENT_NAMESPACE } from './validate.js';
export { type SendOptions, type SendResult, sendVOEvent } from './vtp/author.js';
export { encodeFrame, FrameReader } from './vtp/frame.js';
export { type Receiver, type ReceiverOptions, startReceiver } from './vtp/receiver.js';
export type { OnEvent, ReceiverCounters } from './vtp/reception.js';
export {
  parseTransport,
  TRANSPORT_NAMESPACES,
  type TransportMessage,
  type TransportParam,
  type TransportRole,
  writeTransport,
} from './vtp/transport.js';
export { writeVOEvent } from './write.js';
