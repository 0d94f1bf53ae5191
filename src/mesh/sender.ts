// The Sender: messages to other agents, peer to peer, at the addresses of the INI file.
import { type Config, loadConfig } from '../config/index.js';
import { MeshError } from './errors.js';
import { checkHeaderText } from './frame.js';
import type { MessageType } from './message.js';
import { OutgoingPeer, type SendOptions } from './outgoing-peer.js';

/** Name that a program bears which is no agent. */
const ANONYMOUS = 'pyros';

/** The connections of one process, pooled by agent. {@link Sender} has one for everybody. */
export class SenderPool {
  #peers = new Map<string, OutgoingPeer>();

  constructor(
    private readonly config: Config,
    private readonly from = ANONYMOUS,
  ) {
    checkHeaderText('the sender', from);
  }

  /** As {@link Sender.request}. */
  request(agent: string, message: string, data?: unknown, options?: SendOptions): Promise<unknown> {
    try {
      checkHeaderText('the message', message);
      return this.#peer(agent).send(message, data, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
  }

  #peer(agent: string): OutgoingPeer {
    const known = this.#peers.get(agent);
    if (known) return known;
    const entry = this.config.agents.get(agent);
    if (!entry) {
      const agents = [...this.config.agents.keys()].join(', ');
      throw new MeshError(
        'UNKNOWN_AGENT',
        `"${agent}" is no agent of ${this.config.file}; its agents are ${agents}`,
      );
    }
    const { headerLimit, payloadLimit, requestTimeout } = this.config.mesh;
    const peer = new OutgoingPeer({
      agent,
      host: entry.ip,
      port: entry.receivePort,
      from: this.from,
      headerLimit,
      payloadLimit,
      requestTimeoutMs: requestTimeout,
    });
    this.#peers.set(agent, peer);
    return peer;
  }
}

/**
 * Sends messages. Addresses come from the configuration that the application runs with, or, in a script, from the
 * default file.
 */
export class Sender {
  static #pool: SenderPool | undefined;

  /** Sets the configuration, and the name that messages bear. Done by the application; scripts need not. */
  static configure(config: Config, from?: string): void {
    Sender.#pool?.close();
    Sender.#pool = new SenderPool(config, from);
  }

  /**
   * Sends a message, and waits until the receiver's action has run.
   * @param message - its text, or its type, which checks `data` at compile time
   * @throws MeshError when it did not arrive or nobody knows: `UNKNOWN_AGENT`, `UNREACHABLE`, `CONNECTION_LOST`,
   * `REQUEST_TIMEOUT`, `CANCELLED`, `SENDER_FULL`
   * @throws AnswerError with the receiver's code when the answer is no
   */
  static async sendTo<T>(
    agent: string,
    message: string | MessageType<T>,
    data?: T,
    options?: SendOptions,
  ): Promise<void> {
    await Sender.#open().request(agent, phrase(message), data, options);
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
    return Sender.#open().request(agent, phrase(message), data, options);
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
