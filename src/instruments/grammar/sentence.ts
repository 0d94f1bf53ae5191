// A sentence of the grammar as it was read, before anybody asks what it means.
import type { Unit } from './units.js';

/** What is asked of a device. */
export type Verb = 'DO' | 'GET' | 'SET';

/** `12.5arcsec` */
export interface NumberValue {
  kind: 'number';
  value: number;
  unit: Unit | undefined;
  /** It was written with a plus: as a time, so much from now. */
  plus: boolean;
}

/** `-00:30:00`, `5h34m31.97s`, `22d00m52s` */
export interface SexagesimalValue {
  kind: 'sexagesimal';
  /** What stands behind the first field. */
  style: ':' | 'h' | 'd';
  /** The sign stays when the first field is zero. */
  negative: boolean;
  plus: boolean;
  whole: number;
  minutes: number;
  seconds: number | undefined;
}

/** `2026-11-23T03:00:00Z` */
export interface TimeValue {
  kind: 'time';
  timeMs: number;
}

/** `SIDEREAL`, `g'` */
export interface NameValue {
  kind: 'name';
  text: string;
}

/** `"NGC 1976"` */
export interface StringValue {
  kind: 'string';
  text: string;
}

/** All but a list. */
export type ScalarValue = NumberValue | SexagesimalValue | TimeValue | NameValue | StringValue;

/** `2,2` */
export interface ListValue {
  kind: 'list';
  values: ScalarValue[];
}

export type Value = ScalarValue | ListValue;

/** `RA=05:34:31.97`, or a value alone. */
export interface Argument {
  /** In capitals. */
  name: string | undefined;
  value: Value;
  /** Where the value begins, from 1. */
  column: number;
}

/** One sentence. */
export interface Sentence {
  verb: Verb;
  /** In capitals, with its channel: `CAMERA:VIS`. */
  device: string;
  /** In capitals: `GOTO`, `LIMIT.ALT`. */
  item: string | undefined;
  arguments: Argument[];
}

/** Longest sentence, in bytes of UTF-8. */
export const LONGEST_SENTENCE_BYTES = 4096;
