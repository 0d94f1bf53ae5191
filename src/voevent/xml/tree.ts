// Builds the tree of a document from what a parser finds, with its namespaces, and within the limits.
import { quoted } from '../errors.js';
import type { VOEventLimits } from '../limits.js';
import type { XmlElement } from './element.js';
import { namespaceOf, OUTERMOST, type Scope, scopeWith, splitName } from './namespaces.js';
import { type Fault, refuse } from './place.js';

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** An element under construction. */
interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
  readonly scope: Scope;
}

/** The tree under construction: for each element `begin`, its `attribute`s, `open`, what it holds, and `close`. */
export class XmlTree {
  /** The innermost element that is open. */
  current: OpenElement | undefined;
  root: XmlElement | undefined;
  #open: OpenElement[] = [];
  #elements = 0;
  #attributes: Map<string, string> | undefined;
  /** The element that is begun has an attribute with a prefix, or a default namespace. */
  #prefixed = false;

  constructor(
    private readonly text: string,
    private readonly limits: VOEventLimits,
  ) {}

  /** The name of that element, as written. */
  get openName(): string | undefined {
    return this.current?.qualifiedName;
  }

  /** How many attributes the element that is begun has so far. */
  get attributeCount(): number {
    return this.#attributes?.size ?? 0;
  }

  /** An element begins at `offset`: there must be room for it. */
  begin(offset: number): void {
    if (this.root && !this.current) refuse(this.text, offset, 'a second root element');
    const { maxElements, maxDepth } = this.limits;
    this.#elements += 1;
    if (this.#elements > maxElements) {
      refuse(this.text, offset, `over ${maxElements} elements`, 'VOEVENT_TOO_MANY');
    }
    if (this.#open.length >= maxDepth) {
      refuse(this.text, offset, `elements over ${maxDepth} deep in each other`, 'VOEVENT_TOO_DEEP');
    }
  }

  /** Keeps an attribute of the element that is begun, or says what is wrong with it. */
  attribute(name: string, value: string): Fault | undefined {
    this.#attributes ??= new Map();
    const { maxAttributes } = this.limits;
    if (this.#attributes.has(name)) return [`the attribute ${quoted(name)} stands there twice`];
    if (this.#attributes.size >= maxAttributes) {
      return [`over ${maxAttributes} attributes in one element`, 'VOEVENT_TOO_MANY'];
    }
    if (name.includes(':') || name === 'xmlns') this.#prefixed = true;
    this.#attributes.set(name, value);
    return undefined;
  }

  /** All attributes of the element that began at `offset` are known. */
  open(qualifiedName: string, offset: number): void {
    const attributes = this.#attributes ?? NO_ATTRIBUTES;
    this.#attributes = undefined;
    const scope = this.#scope(attributes, offset);
    const [namespace, name] = this.#resolve(qualifiedName, scope, offset);
    const element = { name, qualifiedName, namespace, attributes, children: [], text: '', offset, scope };
    if (this.current) this.current.children.push(element);
    else this.root = element;
    this.#open.push(element);
    this.current = element;
  }

  /** Character data; what stands outside of the root element is none. */
  append(text: string): void {
    if (this.current) this.current.text += text;
  }

  close(): void {
    this.#open.pop();
    this.current = this.#open[this.#open.length - 1];
  }

  /** The scope of an element with these attributes, of which those with a prefix are looked up. */
  #scope(attributes: ReadonlyMap<string, string>, offset: number): Scope {
    const outer = this.current?.scope ?? OUTERMOST;
    if (!this.#prefixed) return outer;
    this.#prefixed = false;
    const scope = scopeWith(attributes, outer);
    for (const name of attributes.keys()) this.#resolve(name, scope, offset);
    return scope;
  }

  #resolve(qualifiedName: string, scope: Scope, offset: number): [namespace: string, name: string] {
    const [prefix, name] = splitName(qualifiedName);
    // A name that begins with a colon has an empty prefix too.
    if (name === '' || name.includes(':') || qualifiedName.startsWith(':')) {
      refuse(this.text, offset, `${quoted(qualifiedName)} is no name`);
    }
    const namespace = namespaceOf(prefix, scope);
    if (namespace !== undefined) return [namespace, name];
    const what = `the prefix ${quoted(prefix)} is bound to no namespace; declare it with xmlns:`;
    refuse(this.text, offset, what);
  }
}
