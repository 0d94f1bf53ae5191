// Messages and actions: what an agent can be told, with the type of its payload, and what it then does.
import { type GenericSchema, getDotPath, safeParse } from 'valibot';
import { MeshError } from './errors.js';

/** A kind of message: an English phrase, and what its payload must be. */
export interface MessageType<T = unknown> {
  /** The phrase on the wire, for example `Observation finished`. */
  readonly text: string;
  /** One line for `Help`. */
  readonly help: string;
  /** What the payload must be; without one there is none. */
  readonly schema?: GenericSchema<unknown, T>;
}

/** What an action knows about the message besides its payload. */
export interface MessageContext {
  /** The message's phrase. */
  readonly message: string;
  /** Name of the agent that sent it; unknown for messages by hand. Not proven. */
  readonly from: string | undefined;
  /** Aborts when the sender has gone or waits no longer, or when the agent stops. */
  readonly signal: AbortSignal;
  /** It was posted, and may have been handled before: the effects outside of the agent's store may be there. */
  readonly redelivered: boolean;
  /**
   * Changes the agent's store. For a posted message, that it is handled is part of the same transaction: with all
   * its effects in there, it is handled exactly once, whatever crashes. Once per action.
   */
  transaction<T>(change: () => T): Promise<T>;
  /** In a stored action: calls back when its change is on disk. */
  onCommitted(callback: () => void): void;
  /** Sends a `PROGRESS` answer, when the sender asked for answers. @throws Error when it cannot be written, or is too large */
  progress(data: unknown): void;
}

/** What an agent does on one message. What `run` returns is the reply. */
export interface Action {
  readonly help: string;
  /**
   * `run` is not asynchronous and changes nothing but the agent's store, by `Table`s and `Sender.post`: it runs
   * inside of a transaction, together with others, and is answered when that is on disk. It may be run again when
   * the transaction was given up.
   */
  readonly stored?: boolean;
  run(data: unknown, context: MessageContext): unknown;
  /**
   * The line of an answer to a message by hand, without its end, where it shall not be the usual one.
   * @param kind - `OK`, `PROGRESS` or `ERROR`
   * @param data - the reply, or the `code` and `text` of an error
   */
  line?(kind: string, data: unknown): string;
}

/** Declares a kind of message; its payload type is that of the schema. */
export function defineMessage<T = undefined>(
  text: string,
  help: string,
  schema?: GenericSchema<unknown, T>,
): MessageType<T> {
  return schema ? { text, help, schema } : { text, help };
}

/** An action on a kind of message: the payload is checked before `run` sees it. */
export function action<T>(type: MessageType<T>, run: (data: T, context: MessageContext) => unknown): Action {
  const { schema, help, text } = type;
  if (!schema) return { help, run: (_, context) => run(undefined as T, context) };
  return { help, run: (data, context) => run(checkPayload(text, schema, data), context) };
}

/** As {@link action}, for an action that only changes the agent's store: see {@link Action.stored}. */
export function storedAction<T>(
  type: MessageType<T>,
  run: (data: T, context: MessageContext) => unknown,
): Action {
  return { ...action(type, run), stored: true };
}

/** @throws MeshError `BAD_PAYLOAD` that names the first place that does not fit */
function checkPayload<T>(message: string, schema: GenericSchema<unknown, T>, data: unknown): T {
  const result = safeParse(schema, data, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = getDotPath(issue) ?? 'the payload';
  throw new MeshError('BAD_PAYLOAD', `${message}: ${place}: ${issue.message}`);
}
