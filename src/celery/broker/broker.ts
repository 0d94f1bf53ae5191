// What carries tasks: the interface that Celery's part above it knows. A broker knows queues, messages and results;
// states, retries, limits and what follows a task are decided above.
import type { SignatureData, TaskMessage } from '../message.js';

/** A message on its way to a queue. */
export interface Outgoing {
  id: string;
  queue: string;
  /** 0 to 9, 9 first. */
  priority: number;
  /** Not delivered before, in ms UTC. */
  etaMs: number | undefined;
  /** Not begun after, in ms UTC. */
  expiresMs: number | undefined;
  ignoreResult: boolean;
  message: TaskMessage;
}

/** A message as a worker gets it. */
export interface Delivery {
  /** The broker's number of this delivery's task. */
  tag: number;
  id: string;
  queue: string;
  priority: number;
  /** It was delivered before, to a worker that was lost or gave it back. */
  redelivered: boolean;
  message: TaskMessage;
  /** The same, as it goes to a child: MessagePack of headers, properties and body. */
  packed: Uint8Array;
}

/** A state of a task as it is kept: what was returned or raised is in the body. */
export interface ResultRecord {
  id: string;
  status: string;
  contentType: string;
  /** `{task_id, status, result, traceback, children}`, as Celery writes it. */
  body: Uint8Array;
}

/** A call of a chord's header has ended. */
export interface ChordPart {
  /** Id of the group that is the header. */
  group: string;
  /** Its place there, and how many there are. */
  index: number;
  size: number;
  rootId: string;
  /** What runs when all have ended. */
  body: SignatureData;
  record: ResultRecord;
}

/** How a delivery ended. All of it is kept together or nothing. */
export interface Outcome {
  tag: number;
  id: string;
  /** The final state or RETRY; `undefined` leaves the state as it is (Ignore). */
  result: ResultRecord | undefined;
  /** The task's next attempt: same id, due later. */
  retry: Outgoing | undefined;
  /** Calls that follow it. */
  followers: Outgoing[];
  /** States of tasks that will not come because of how this one has ended. */
  results: ResultRecord[];
  /** What ends with it of the headers of chords. */
  parts: ChordPart[];
  /** The message is set aside, for this reason. */
  deadLetter: string | undefined;
}

/** A command to workers, with Celery's names. */
export interface ControlRequest {
  method: string;
  arguments: Record<string, unknown>;
  /** Names of workers; `undefined` for all. */
  destination?: string[] | undefined;
  pattern?: string | undefined;
  matcher?: 'glob' | 'pcre' | undefined;
}

/** What a worker answers, by its name. */
export type ControlReplies = Map<string, unknown>;

/** What a consumer is told. */
export interface ConsumerHandlers {
  deliver(deliveries: Delivery[]): void;
  /** A task was revoked: it must not start, and, with `terminate`, not go on. */
  revoke(ids: string[], terminate: boolean, signal: string): void;
  /** A command; the answer is sent to who asked, if anybody did. */
  control(request: ControlRequest): unknown;
  /** Somebody listens to events, or nobody does any more. */
  eventsWanted(wanted: boolean): void;
  /** These deliveries are this worker's no longer: whatever becomes of them is not wanted. */
  lost(tags: number[]): void;
}

/** Who consumes. */
export interface ConsumeOptions {
  /** Name of the worker, `pyros@host`. */
  node: string;
  queues: string[];
  /** Deliveries that may be open at a time. */
  window: number;
}

/** A worker's end of the broker. Everything is sent at the end of the tick, and again when the broker was away. */
export interface Consumer {
  /** Resolves when deliveries may come. */
  readonly ready: Promise<void>;
  /** Deliveries that may be open at a time. */
  setWindow(window: number): void;
  setQueues(queues: string[]): void;
  /** These begin now and are not to be delivered again (acknowledged early). */
  acknowledge(tags: number[]): void;
  end(outcome: Outcome): void;
  /** Back to the head of the queue; those that had begun here are delivered as such. */
  giveBack(tags: number[], begun: boolean): void;
  /** Back to its queue, to be delivered to anybody again after so many ms. */
  postpone(tag: number, delayMs: number): void;
  /** A state on the way. */
  state(record: ResultRecord): void;
  event(event: Record<string, unknown>): void;
  /** Resolves when the broker has all that was said. */
  flush(): Promise<void>;
  /** Gives back what is open, and ends. */
  close(): Promise<void>;
}

/** A queue, as `list queues` shows it. */
export interface QueueInfo {
  name: string;
  /** Tasks that wait for a worker. */
  ready: number;
  /** Tasks that wait for their time. */
  scheduled: number;
  /** Tasks that workers have. */
  held: number;
  consumers: string[];
}

/** Carries messages. */
export interface Broker {
  /** Resolves when the message is on disk. @throws CeleryError `QUEUE_FULL`, `BROKER_FULL`; MeshError */
  publish(outgoing: Outgoing, retry: boolean): Promise<void>;
  consume(options: ConsumeOptions, handlers: ConsumerHandlers): Consumer;
  /** Name by which results find back to this process. */
  readonly replyTo: string;
  /** The state of a task as it is kept, `undefined` for an unknown one. */
  result(id: string): Promise<ResultRecord | undefined>;
  /** Calls back with each state of a task from now on, until the returned function is called. */
  watch(id: string, onState: (record: ResultRecord) => void): () => void;
  forget(ids: string[]): Promise<void>;
  /** Keeps a state that is no task's, until it expires. */
  save(record: ResultRecord): Promise<void>;
  revoke(ids: string[], terminate: boolean, signal: string): Promise<void>;
  /** The ids that were revoked. */
  revoked(): Promise<string[]>;
  /** Tasks of queues that wait for their time, the next first. */
  scheduled(queues: string[], limit: number): Promise<{ etaMs: number; message: TaskMessage }[]>;
  /** Asks workers; resolves when all that were asked have answered, or after `timeoutMs`. */
  control(request: ControlRequest, timeoutMs: number): Promise<ControlReplies>;
  /** Events of workers, until the signal aborts. */
  events(onEvents: (events: Record<string, unknown>[]) => void, signal: AbortSignal): Promise<void>;
  queues(): Promise<QueueInfo[]>;
  /** Drops what waits in a queue. @returns how many */
  purge(queue: string): Promise<number>;
  close(): void;
}
