// An INDI server that says what a test tells it to.
import { type Connection, type Listener, listen } from '../../src/socket/index.js';
import { until } from './until.js';

/** Answers an element that a client has sent. */
export type Answer = (element: string) => string | undefined;

const WAIT_MS = 20_000;

/** Listens on a free port of loopback. */
export class FakeIndi {
  /** Elements that came in, one a line, of all connections. */
  received: string[] = [];
  /** Connections so far. */
  connections = 0;
  #peer: Connection | undefined;
  #rest = '';

  private constructor(
    readonly port: number,
    private readonly answer: Answer,
  ) {}

  #listener: Listener | undefined;

  static async start(answer: Answer): Promise<FakeIndi> {
    const listener = await listen({ host: '127.0.0.1', port: 0 }, (peer) => fake.#begin(peer));
    const fake = new FakeIndi(listener.port, answer);
    fake.#listener = listener;
    return fake;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#listener?.connections.size ?? 0;
  }

  /** Says something on its own. */
  say(xml: string | Uint8Array): void {
    this.#peer?.send(xml);
  }

  /** Cuts the connection. */
  cut(): void {
    this.#peer?.destroy();
  }

  /** Waits until a client has sent something that holds a text; returns it. */
  async heard(text: string): Promise<string> {
    const find = () => this.received.find((element) => element.includes(text));
    await until(WAIT_MS, () => find() !== undefined);
    return find() ?? '';
  }

  async stop(): Promise<void> {
    this.#peer?.destroy();
    await this.#listener?.close();
  }

  #begin(peer: Connection): void {
    this.connections += 1;
    this.#peer = peer;
    this.#rest = '';
    peer.start({ onData: (chunk) => this.#take(peer, chunk.toString()) });
  }

  #take(peer: Connection, text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.received.push(line);
      const answer = this.answer(line);
      if (answer !== undefined) peer.send(answer);
    }
  }
}

/** A definition, in the fewest words. Values are numbers, texts or switches that are on or off. */
export function defined(
  device: string,
  name: string,
  values: Record<string, string | number | boolean>,
  more = '',
): string {
  const [first] = Object.values(values);
  const kind = typeof first === 'number' ? 'Number' : typeof first === 'boolean' ? 'Switch' : 'Text';
  const members = Object.entries(values).map(([member, value]) => {
    const text = typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);
    const range = kind === 'Number' ? " min='0' max='0'" : '';
    return `<def${kind} name='${member}'${range}>${text}</def${kind}>`;
  });
  const tag = `def${kind}Vector`;
  const rule = kind === 'Switch' && members.length > 1 ? 'OneOfMany' : 'AnyOfMany';
  return `<${tag} device="${device}" name="${name}" perm="rw" state="Idle" rule="${rule}" ${more}>${members.join('\n')}</${tag}>`;
}

/** A change. */
export function changed(
  device: string,
  name: string,
  state: string,
  values: Record<string, string | number | boolean> = {},
  more = '',
): string {
  return defined(device, name, values, more)
    .replaceAll('<def', '<set')
    .replaceAll('</def', '</set')
    .replaceAll(/<(\/?)set(Number|Switch|Text)(?!Vector)/g, '<$1one$2')
    .replace('state="Idle"', `state="${state}"`);
}
