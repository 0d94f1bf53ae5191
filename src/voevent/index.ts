// VOEvents: their model, parsing, writing, storing, and their transport (VTP). What other rooms may use.
export { Broker, type BrokerPlace } from './broker.js';
export { BROKER_DEFAULTS, type BrokerSettings, type Endpoint } from './broker-settings.js';
export * from './errors.js';
export { type Cone, coneOf, parseSimpleFilter, passes, type SimpleFilter } from './filters/simple.js';
export { XPathDesk, type XPathLimits } from './filters/xpath-desk.js';
export { jsonNoticeToVOEvent } from './gcn/json-notice.js';
export { type GcnOptions, GcnSource, type OnGcnMessage } from './gcn/kafka-source.js';
export { type ClientCredentials, tokenProvider } from './gcn/token.js';
export { eventFileName, writeWhole } from './handlers/save.js';
export { eventId } from './identity.js';
export { ivornFault, streamOf } from './ivorn.js';
export { DEFAULT_LIMITS, type VOEventLimits } from './limits.js';
export type { VoeventLog } from './log.js';
export * from './model.js';
export { interpret, type SkyPosition, type TransientNotice } from './notice.js';
export { parseVOEvent, type Reading, readVOEvent } from './parse.js';
export { LENIENT, type Policy, STRICT, type Verdict } from './policy.js';
export type { EventQuery, FoundEvents } from './query.js';
export { type Added, EventStore, findEvent, type Origin, type Retention } from './store.js';
export type { StoredEvent } from './stored-event.js';
export type { ErrorMeaning, Relation } from './streams/facts.js';
export { VOEVENT_NAMESPACE } from './validate.js';
export { type SendOptions, type SendResult, sendVOEvent } from './vtp/author.js';
export { Broadcaster, type BroadcasterOptions } from './vtp/broadcaster.js';
export { encodeFrame, FrameReader } from './vtp/frame.js';
export { type Receiver, type ReceiverOptions, startReceiver } from './vtp/receiver.js';
export type { OnEvent, ReceiverCounters } from './vtp/reception.js';
export { type OnRemoteEvent, RemoteSubscriber, type SubscriberOptions } from './vtp/subscriber.js';
export {
  parseTransport,
  TRANSPORT_NAMESPACES,
  type TransportMessage,
  type TransportParam,
  type TransportRole,
  writeTransport,
} from './vtp/transport.js';
export { writeVOEvent } from './write.js';
