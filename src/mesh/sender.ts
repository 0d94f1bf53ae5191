// The Sender: messages to other agents, peer to peer, at the addresses of the INI file.
import { type Config, loadConfig } from '../config/index.js';
import { MeshError } from './errors.js';
import type { MessageType } from './message.js';
import type { SendOptions } from './outgoing-peer.js';
import type { PostOffice } from './post-office.js';
import { SenderPool } from './sender-pool.js';

/**
 * Sends messages. Addresses come from the configuration that the application runs with, or, in a script, from the
 * default file.
 */
export class Sender {
  static #pool: SenderPool | undefined;
  static #office: PostOffice | undefined;

  /** Sets the configuration, and the name that messages bear. Done by the application; scripts need not. */
  static configure(config: Config, from?: string): void {
    Sender.#pool?.close();
    Sender.#pool = new SenderPool(config, from);
  }

  /**
   * Sends a message, and waits until the receiver's action has run.
   * @param message - its text, or its type, which checks `data` at compile time
   * @throws MeshError when it did not arrive or nobody knows: `UNKNOWN_AGENT`, `UNREACHABLE`, `CONNECTION_LOST`,
   * `REQUEST_TIMEOUT`, `CANCELLED`, `SENDER_FULL`, `MESSAGE_TOO_LARGE`
   * @throws AnswerError with the receiver's code when the answer is no
   */
  static sendTo<T>(
    agent: string,
    message: string | MessageType<T>,
    data?: T,
    options?: SendOptions,
  ): Promise<void> {
    return Sender.request(agent, message, data, options) as Promise<void>;
  }

  /**
   * As {@link Sender.sendTo}.
   * @returns the reply of the receiver's action
   */
  static request<T>(
    agent: string,
    message: string | MessageType<T>,
    data?: T,
    options?: SendOptions,
  ): Promise<unknown> {
    try {
      return Sender.#open().request(agent, phrase(message), data, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Posts a message: resolves when it is on this host's disk. It is delivered when the receiver is up, in the order
   * of posting, across restarts of both sides, and handled once. Inside of a transaction of the agent's store it
   * becomes part of that, and this resolves at once, or throws at once, so that the transaction is given up.
   * @throws MeshError `NO_OUTBOX` outside of an agent, `UNKNOWN_AGENT`, `SENDER_FULL`, `MESSAGE_TOO_LARGE`,
   * `NOT_POSTABLE` for a message that every agent knows; StoreError
   */
  static post<T>(agent: string, message: string | MessageType<T>, data?: T): Promise<void> {
    if (Sender.#office) return Sender.#office.post(agent, phrase(message), data);
    const text = 'only an agent that has started can post; a script takes Sender.sendTo';
    return Promise.reject(new MeshError('NO_OUTBOX', text));
  }

  /** The agent of this process hands in its post office. */
  static usePostOffice(office: PostOffice): void {
    Sender.#office = office;
  }

  /** Closes all connections; a later message opens them again. */
  static close(): void {
    Sender.#pool?.close();
  }

  static #open(): SenderPool {
    Sender.#pool ??= new SenderPool(loadConfig());
    return Sender.#pool;
  }
}

function phrase(message: string | { text: string }): string {
  return typeof message === 'string' ? message : message.text;
}
