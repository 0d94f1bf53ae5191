// The stack machine that a pickle is a program for, without the operations that reach out of it.
import { ByteReader } from './byte-reader.js';
import { PickledName, pickledName, Uuid } from './constructors.js';
import { OPERATIONS } from './operations.js';
import { damaged, refused } from './refused.js';

/** Arrays, dicts and sets of one pickle; each takes up to 200 bytes for the one byte that makes it. */
const MAX_CONTAINERS = 200_000;

/** One run over one pickle. */
export class PickleMachine {
  readonly bytes: ByteReader;
  readonly memo = new Map<number, unknown>();
  #stack: unknown[] = [];
  /** The stacks below each mark. */
  #below: unknown[][] = [];
  #containers = 0;
  #hasStopped = false;

  constructor(body: Uint8Array) {
    this.bytes = new ByteReader(body);
  }

  /** @throws DecodeError */
  run(): unknown {
    while (!this.#hasStopped) {
      const code = this.bytes.uint8();
      const operation = OPERATIONS[code];
      if (!operation) throw damaged(`there is no operation 0x${code.toString(16)}`);
      operation(this);
    }
    return this.pop();
  }

  stop(): void {
    this.#hasStopped = true;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  /** Pushes a new array, dict or set. */
  pushContainer(container: object): void {
    if (++this.#containers > MAX_CONTAINERS)
      throw damaged(`it has over ${MAX_CONTAINERS} lists, dicts and sets`);
    this.push(container);
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw damaged('it takes from an empty stack');
    return this.#stack.pop();
  }

  top(): unknown {
    if (this.#stack.length === 0) throw damaged('it takes from an empty stack');
    return this.#stack.at(-1);
  }

  /** POP may also take a mark away. */
  drop(): void {
    if (this.#stack.length > 0) this.#stack.pop();
    else this.popToMark();
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** All above the last mark. */
  popToMark(): unknown[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (!below) throw damaged('it has no mark where one is needed');
    this.#stack = below;
    return items;
  }

  recall(index: number): void {
    if (!this.memo.has(index)) throw damaged(`it has nothing in memory ${index}`);
    this.push(this.memo.get(index));
  }

  /** REDUCE and NEWOBJ: builds a value of a name of the table. */
  build(callable: unknown, args: unknown): void {
    if (!(callable instanceof PickledName)) throw refused('a call of something that is no name');
    if (!Array.isArray(args)) throw damaged(`it gives ${callable.name} no tuple of arguments`);
    const value = callable.build(args);
    if (typeof value === 'object' && value !== null) this.pushContainer(value);
    else this.push(value);
  }

  /** BUILD: only a UUID is filled afterwards. */
  fill(state: unknown): void {
    const target = this.top();
    if (!(target instanceof Uuid)) throw refused('BUILD: the state of an object');
    target.fill(state);
  }

  name(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw damaged('it has a name that is no text');
    this.push(pickledName(module, name));
  }

  extend(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw damaged('it appends to something that is no list');
    for (const item of items) list.push(item);
  }

  /** @param items - keys and values in turn */
  pushDict(items: readonly unknown[]): void {
    const dict = new Map<unknown, unknown>();
    setPairs(dict, items);
    this.pushContainer(dict);
  }

  /** @param items - keys and values in turn */
  assign(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw damaged('it sets an item of something that is no dict');
    setPairs(dict, items);
  }

  include(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw damaged('it adds to something that is no set');
    for (const item of items) set.add(item);
  }
}

function setPairs(dict: Map<unknown, unknown>, items: readonly unknown[]): void {
  if (items.length % 2 !== 0) throw damaged('it has a key without a value');
  for (let index = 0; index < items.length; index += 2) dict.set(items[index], items[index + 1]);
}
