// The connections of one process to the agents it sends to.
import type { Config } from '../config/index.js';
import { agentEntry } from './agent-entry.js';
import { credentialsOf } from './credentials.js';
import { checkHeaderText } from './frame.js';
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
      return this.peer(agent).send(message, data, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
  }

  /** The connection to an agent, opened when it is needed. @throws MeshError `UNKNOWN_AGENT`; ConfigError */
  peer(agent: string): OutgoingPeer {
    const known = this.#peers.get(agent);
    if (known) return known;
    const entry = agentEntry(this.config, agent);
    const { headerLimit, payloadLimit, requestTimeout, sendLimit } = this.config.mesh;
    const credentials = credentialsOf(this.config);
    const peer = new OutgoingPeer({
      agent,
      host: entry.ip,
      port: entry.receivePort,
      tls: () => credentials.tls,
      from: this.from,
      headerLimit,
      payloadLimit,
      requestTimeoutMs: requestTimeout,
      sendLimitBytes: sendLimit,
    });
    this.#peers.set(agent, peer);
    return peer;
  }
}
