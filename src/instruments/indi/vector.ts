// A property of an INDI device: a vector of elements of one kind, with a state.

import type { Attributes, IndiElement, MemberElement } from './element-reader.js';
import { shown } from './errors.js';
import { parseIndiNumber } from './indi-number.js';

export type IndiKind = 'Text' | 'Number' | 'Switch' | 'Light' | 'BLOB';

/** `Busy`: a command goes on; `Ok`: it is done; `Alert`: it was refused or has failed. Lights have one each. */
export type IndiState = 'Idle' | 'Ok' | 'Busy' | 'Alert';

/** One element of a vector. */
export interface IndiMember {
  name: string;
  label: string;
  /** A text, a number (NaN for none), on or off, or a light's state; nothing in a BLOB. */
  value: string | number | boolean | undefined;
  /** Of numbers; they mean something when `min` is below `max`. */
  min: number;
  max: number;
}

const STATES: readonly string[] = ['Idle', 'Ok', 'Busy', 'Alert'];

/** A property as its driver last told it. */
export class IndiVector {
  readonly device: string;
  readonly name: string;
  readonly label: string;
  readonly canWrite: boolean;
  readonly members = new Map<string, IndiMember>();
  state: IndiState;
  readonly #isOneOfMany: boolean;
  /** Of XML that it stands for. */
  bytes: number;

  constructor(
    readonly kind: IndiKind,
    element: IndiElement,
  ) {
    const { attributes, members, bytes } = element;
    this.device = attributes.get('device') ?? '';
    this.name = attributes.get('name') ?? '';
    this.label = attributes.get('label') ?? this.name;
    this.canWrite = kind !== 'Light' && attributes.get('perm') !== 'ro';
    this.state = stateOf(attributes.get('state')) ?? 'Idle';
    this.bytes = bytes;
    this.#isOneOfMany = kind === 'Switch' && attributes.get('rule') === 'OneOfMany';
    for (const member of members) this.#define(member);
  }

  /** Takes over what a `set` tells; elements that were never defined are passed over. */
  update({ attributes, members, bytes }: IndiElement): void {
    this.state = stateOf(attributes.get('state')) ?? this.state;
    for (const { attributes: of, text } of members) {
      const known = this.members.get(of.get('name') ?? '');
      if (known) this.#change(known, memberValue(this.kind, text));
    }
    this.bytes = Math.max(this.bytes, bytes);
  }

  /** The value of a number; `undefined` when there is none, or it is not finite. */
  number(member: string): number | undefined {
    const value = this.members.get(member)?.value;
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  /** The value of a text, or the state of a light. */
  text(member: string): string | undefined {
    const value = this.members.get(member)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  /** Whether a switch is on. */
  isOn(member: string): boolean {
    return this.members.get(member)?.value === true;
  }

  /** Name of the first switch that is on. */
  get switchedOn(): string | undefined {
    for (const { name, value } of this.members.values()) if (value === true) return name;
    return undefined;
  }

  /** `"Telescope Simulator" EQUATORIAL_EOD_COORD`, for messages. */
  get title(): string {
    return `${shown(this.device)} ${this.name}`;
  }

  /** A server need not say that the others are off now. */
  #change(member: IndiMember, value: IndiMember['value']): void {
    if (this.#isOneOfMany && value === true) for (const other of this.members.values()) other.value = false;
    member.value = value;
  }

  #define({ attributes, text }: MemberElement): void {
    const name = attributes.get('name');
    if (!name) return;
    this.members.set(name, {
      name,
      label: attributes.get('label') ?? name,
      value: memberValue(this.kind, text),
      min: numberOf(attributes, 'min'),
      max: numberOf(attributes, 'max'),
    });
  }
}

function stateOf(text: string | undefined): IndiState | undefined {
  return STATES.includes(text ?? '') ? (text as IndiState) : undefined;
}

function memberValue(kind: IndiKind, text: string): IndiMember['value'] {
  switch (kind) {
    case 'Number':
      return parseIndiNumber(text);
    case 'Switch':
      return text.trim() === 'On';
    case 'Light':
      return stateOf(text.trim());
    case 'Text':
      return text.trim();
    case 'BLOB':
      return undefined;
  }
}

function numberOf(attributes: Attributes, name: string): number {
  return parseIndiNumber(attributes.get(name) ?? '');
}
