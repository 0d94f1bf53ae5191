// The kinds of values that commands take and answers bear: how each is read, written, and described.

import type { ScalarValue, Value } from './sentence.js';
import type { Unit } from './units.js';
import { writeNumber } from './write-sentence.js';

/** How the value of a parameter is read, and that of an answer written. */
export interface Kind<T> {
  /** What is allowed, for the refusal and the documentation. */
  readonly expected: string;
  /** The short form of it, for a line of help: `0..360deg`. */
  readonly brief: string;
  /** The unit in which the program reckons, if any. */
  readonly unit?: Unit;
  /** The value; `undefined` when it is not allowed. `now` is the time to which `NOW` and `+10s` refer. */
  read(value: Value, nowMs: number): T | undefined;
  /** The value as a sentence has it. */
  write(value: T): string;
}

/** A parameter of a command. */
export interface Parameter<T> {
  readonly kind: Kind<T>;
  /** As it would stand in the sentence; without one it must be given. */
  readonly default?: string;
  /** It may be left out, and has no value then. */
  readonly optional?: true;
}

/** A parameter that may be left out. */
export interface OptionalParameter<T> extends Parameter<T> {
  readonly optional: true;
}

/** A parameter that must be given, or has a default. */
export function needed<T>(kind: Kind<T>, defaultText?: string): Parameter<T> {
  return defaultText === undefined ? { kind } : { kind, default: defaultText };
}

/** A parameter that may be left out. */
export function optional<T>(kind: Kind<T>): OptionalParameter<T> {
  return { kind, optional: true };
}

/** A range as it is written in help: `0..360deg`. */
export function rangeText(least: number, most: number, unit: Unit | '' = ''): string {
  const open = { least: Number.isFinite(least), most: Number.isFinite(most) };
  if (!open.least && !open.most) return unit || 'number';
  return `${open.least ? least : ''}..${open.most ? most : ''}${unit}`;
}

/** A range in words. */
export function rangeWords(least: number, most: number, unit: Unit | '' = ''): string {
  const behind = unit && ` ${unit}`;
  if (!Number.isFinite(least) && !Number.isFinite(most)) return unit ? `in ${unit}` : '';
  if (!Number.isFinite(most)) return `from ${least}${behind}`;
  if (!Number.isFinite(least)) return `up to ${most}${behind}`;
  return `from ${least} to ${most}${behind}`;
}

/** The text of a name or a string. */
export function wordOf(value: Value): string | undefined {
  return value.kind === 'name' || value.kind === 'string' ? value.text : undefined;
}

/** The parts of a list; a single value is a list of one. */
export function partsOf(value: Value): ScalarValue[] {
  return value.kind === 'list' ? value.values : [value];
}

/** A number with so many decimals at most. */
export function rounded(value: number, decimals: number): string {
  // Minus zero, that of rounding too, is zero here.
  return writeNumber(Number(value.toFixed(decimals)) + 0);
}
