// The ports of one agent: the one that others know, and for people on this host, if wanted, one without TLS.
import type { AgentEntry } from '../config/index.js';
import { type Connection, type Listener, listen } from '../socket/index.js';
import type { Access } from './access.js';

/** Where `plain_port` is. */
const HERE = '127.0.0.1';
/** Agents that are connected are heard of every five seconds: a place that is wanted is taken from others. */
const SILENT_MS = 15_000;

export class Doors {
  readonly #listeners: Listener[] = [];
  readonly #forget: () => void;

  private constructor(private readonly access: Access) {
    this.#forget = access.credentials.onRenewed((tls) => {
      for (const listener of this.#listeners) listener.renewTls(tls);
    });
  }

  /**
   * Opens the ports of an agent. Each takes up to `maxConnections`.
   * @throws SocketError `PORT_IN_USE`, `LISTEN_FAILED`
   */
  static async open(
    access: Access,
    { ip, receivePort, plainPort }: AgentEntry,
    maxConnections: number,
    onConnection: (connection: Connection) => void,
  ): Promise<Doors> {
    const doors = new Doors(access);
    const common = {
      maxConnections,
      silentMs: SILENT_MS,
      onRefused: (address: string, reason: string) => access.refused(address, reason),
    };
    const admit = (address: string) => access.admits(address);
    const tls = access.credentials.tls;
    try {
      const main = { ...common, host: ip, port: receivePort, admit, tls };
      doors.#listeners.push(await listen(main, onConnection));
      if (plainPort === undefined) return doors;
      const byHand = (address: string) => access.admitsByHand(address);
      const plain = { ...common, host: HERE, port: plainPort, admit: byHand };
      doors.#listeners.push(await listen(plain, onConnection));
      return doors;
    } catch (error) {
      await doors.close();
      throw error;
    }
  }

  /** Takes no new connections; those that are open stay. */
  stopAccepting(): void {
    for (const listener of this.#listeners) listener.stopAccepting();
  }

  /** Takes no new connections and closes those that are open. */
  async close(): Promise<void> {
    this.#forget();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    this.access.close();
  }
}
