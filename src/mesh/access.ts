// Who may talk to one agent: which addresses may connect, how they prove themselves, and who may send which message.
import type { Clock } from '../clock/index.js';
import { BY_HAND, type Config, ConfigError, messageKey } from '../config/index.js';
import { shorten } from '../errors/index.js';
import type { Logger } from '../log/index.js';
import { AddressList, LOOPBACK } from '../socket/index.js';
import { type Credentials, credentialsOf } from './credentials.js';
import { RepeatLog } from './repeat-log.js';

export class Access {
  readonly credentials: Credentials;
  readonly #addresses: AddressList;
  readonly #loopback = new AddressList(LOOPBACK);
  readonly #refusals: RepeatLog;
  /** By the text of the message. */
  readonly #senders = new Map<string, readonly string[]>();

  /**
   * @param messages - all that the agent knows
   * @throws ConfigError when a file of `[security]` is no good, or `MESSAGE_from` names no message
   */
  constructor(
    private readonly config: Config,
    private readonly agent: string,
    messages: Iterable<string>,
    private readonly log: Logger,
    clock?: Pick<Clock, 'after'>,
  ) {
    this.credentials = credentialsOf(config);
    const agents = [...config.agents.values()].map(({ ip }) => ip);
    const workers = (config.celery?.workers ?? []).flatMap(({ ip }) => ip ?? []);
    this.#addresses = new AddressList([...LOOPBACK, ...agents, ...workers, ...config.security.allow]);
    this.#refusals = new RepeatLog(() => log, 'refused others', 1, clock);
    this.#restrict([...messages]);
  }

  /** Whether an address may connect. */
  admits(address: string): boolean {
    return this.#addresses.has(address);
  }

  /** Whether an address is this host's, and may connect to `plain_port`. */
  admitsByHand(address: string): boolean {
    return this.#loopback.has(address);
  }

  /** Notes a peer that was not let in. */
  refused(address: string, reason: string): void {
    this.#refusals.note(`refused ${address}`, reason);
  }

  /** Why somebody may not send a message; `undefined` when they may. */
  denial(message: string, from: string | undefined): string | undefined {
    const allowed = this.#senders.get(message);
    if (!allowed || allowed.includes(from ?? BY_HAND)) return undefined;
    const place = `[${this.agent}] ${messageKey(message)}_from = ${allowed.join(', ')}`;
    return `${shorten(from ?? BY_HAND)} may not send "${message}" to ${this.agent} (${place})`;
  }

  /** Says what protects an agent that others than this host can reach. */
  logProtection(): void {
    const { ip } = this.config.agents.get(this.agent) ?? {};
    if (ip === undefined || this.#loopback.has(ip)) return;
    const { allow } = this.config.security;
    const list = `a list of addresses (this host, the agents of the INI${allow.map((range) => `, ${range}`).join('')})`;
    const text = `${ip} can be reached from other hosts; it is protected by ${list}`;
    if (this.credentials.tls) this.log.info(`${text} and ${this.credentials.text}`);
    else this.log.warn(`${text} only, without TLS: see docs/security.md`);
  }

  /** For `Status`. */
  status(): Record<string, unknown> {
    return { tls: this.credentials.text, refused: this.#refusals.total };
  }

  close(): void {
    this.#refusals.close();
  }

  /** A list for a message that does not exist protects nothing: better not to start. */
  #restrict(messages: string[]): void {
    for (const [key, names] of this.config.agents.get(this.agent)?.senders ?? []) {
      const meant = messages.filter((message) => messageKey(message) === key);
      if (meant.length === 0) {
        const keys = messages.map((message) => `${messageKey(message)}_from`).join(', ');
        const text = `${this.config.file}: [${this.agent}] ${key}_from: ${this.agent} has no such message; expected some of ${keys}`;
        throw new ConfigError('CONFIG_INVALID', text);
      }
      for (const message of meant) this.#senders.set(message, names);
    }
  }
}
