// One field of a crontab expression, by Celery's grammar: `*`, `*/3`, `5`, `1-5`, `1-5/2`, `mon-fri`, and lists of these.
import { ScheduleError, shown } from './errors.js';

/** What a field counts. */
export interface CrontabField {
  name: string;
  min: number;
  max: number;
  /** Names that numbers have, from `min` on; three letters are enough, more are ignored. */
  names?: readonly string[];
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The five fields. */
export const CRONTAB_FIELDS = {
  minute: { name: 'minute', min: 0, max: 59 },
  hour: { name: 'hour', min: 0, max: 23 },
  dayOfMonth: { name: 'day of the month', min: 1, max: 31 },
  monthOfYear: { name: 'month', min: 1, max: 12, names: MONTHS },
  dayOfWeek: { name: 'day of the week', min: 0, max: 6, names: WEEKDAYS },
} satisfies Record<string, CrontabField>;

/** What a field may be given as. */
export type CrontabValue = string | number | readonly number[];

const LONGEST_FIELD = 500;

/**
 * The numbers that a field stands for, in order.
 * @throws ScheduleError
 */
export function expandField(field: CrontabField, value: CrontabValue): number[] {
  const numbers =
    typeof value === 'string'
      ? value
          .slice(0, LONGEST_FIELD)
          .split(',')
          .flatMap((part) => expandPart(field, part))
      : [value].flat().map((number) => inRange(field, number, String(number)));
  if (numbers.length === 0) throw mistake(field, 'an empty list');
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function expandPart(field: CrontabField, part: string): number[] {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d{1,4}))?$/.exec(part);
  if (!match) throw mistake(field, shown(part));
  const [, first, last, step] = match;
  const isRange = first === undefined || last !== undefined;
  if (step !== undefined && !(isRange && Number(step) > 0)) throw mistake(field, shown(part));
  const numbers = expandRange(field, first, last, part);
  return numbers.filter((_, index) => index % Number(step ?? 1) === 0);
}

/** `fri-mon` goes over the end. */
function expandRange(
  field: CrontabField,
  first: string | undefined,
  last: string | undefined,
  part: string,
): number[] {
  const { min, max } = field;
  if (first === undefined) return sequence(min, max);
  const from = numberOf(field, first, part);
  const to = last === undefined ? from : numberOf(field, last, part);
  return to >= from ? sequence(from, to) : [...sequence(from, max), ...sequence(min, to)];
}

function numberOf(field: CrontabField, text: string, part: string): number {
  const index = field.names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  if (index >= 0) return field.min + index;
  return inRange(field, /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN, part);
}

function inRange(field: CrontabField, number: number, found: string): number {
  if (Number.isInteger(number) && number >= field.min && number <= field.max) return number;
  throw mistake(field, shown(found));
}

function mistake({ name, min, max, names }: CrontabField, found: string): ScheduleError {
  const words = names ? `, or names such as ${names[1]}` : '';
  return new ScheduleError(
    `${found} as ${name}`,
    `*, numbers from ${min} to ${max}${words}, ranges a-b, steps */n or a-b/n, separated by commas`,
  );
}

function sequence(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
