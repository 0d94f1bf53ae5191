// The names that a pickle may hold, and how their values are built: by these functions, from checked arguments.
import { utcDate } from '../iso-time.js';
import { MAX_INTEGER_DIGITS } from '../limits.js';
import { damaged, refused } from './refused.js';

/** A name of the table below that stands on the stack, waiting to be called. */
export class PickledName {
  constructor(
    readonly name: string,
    readonly build: Constructor,
  ) {}
}

/** Makes a value of the arguments that a pickle gives. */
type Constructor = (args: readonly unknown[]) => unknown;

/** A datetime.timedelta. */
export class TimeDelta {
  constructor(readonly seconds: number) {}
}

/** A datetime.timezone. */
export class TimeZone {
  constructor(readonly offsetS: number) {}
}

/** A uuid.UUID, which pickles make empty and fill afterwards. */
export class Uuid {
  #digits: string | undefined;

  /** The state that a BUILD brings. */
  fill(state: unknown): void {
    const value = state instanceof Map ? state.get('int') : undefined;
    const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value);
    const digits = isInteger ? BigInt(value).toString(16).padStart(32, '0') : '';
    if (!/^[0-9a-f]{32}$/.test(digits)) throw damaged('it has a UUID that is none');
    this.#digits = digits;
  }

  get digits(): string {
    if (this.#digits === undefined) throw damaged('it has a UUID without a value');
    return this.#digits;
  }
}

const CONSTRUCTORS: Record<string, Constructor> = {
  'builtins.set': setOf,
  'builtins.frozenset': setOf,
  'builtins.bytes': bytesOf,
  'builtins.bytearray': bytesOf,
  'builtins.object': () => {
    throw refused('an object of the class builtins.object');
  },
  '_codecs.encode': encoded,
  'collections.OrderedDict': orderedDict,
  'copyreg._reconstructor': reconstructed,
  'datetime.date': date,
  'datetime.datetime': datetime,
  'datetime.time': time,
  'datetime.timedelta': timedelta,
  'datetime.timezone': timezone,
  'decimal.Decimal': decimal,
  'uuid.UUID': uuid,
};

/** What Python 2 called its modules; protocols 0 to 2 still do. */
const OLD_MODULES: Record<string, string> = { __builtin__: 'builtins', copy_reg: 'copyreg' };

/**
 * The constructor of a name.
 * @throws DecodeError `PICKLE_REFUSED`
 */
export function pickledName(module: string, name: string): PickledName {
  const known = `${Object.hasOwn(OLD_MODULES, module) ? OLD_MODULES[module] : module}.${name}`;
  const build = Object.hasOwn(CONSTRUCTORS, known) ? CONSTRUCTORS[known] : undefined;
  if (!build) throw refused(`${module}.${name}`);
  return new PickledName(known, build);
}

function setOf([items = [], ...rest]: readonly unknown[]): Set<unknown> {
  if (!Array.isArray(items) || rest.length > 0) throw damaged('it has a set that is none');
  return new Set(items);
}

function bytesOf([value = new Uint8Array(), ...rest]: readonly unknown[]): Uint8Array {
  if (value instanceof Uint8Array && rest.length === 0) return value.slice();
  return encoded([value, ...rest]);
}

/** Protocols 0 to 2 have bytes as a text of the same codes. */
function encoded([text, encoding, ...rest]: readonly unknown[]): Uint8Array {
  const isLatin1 = encoding === 'latin1' || encoding === 'latin-1';
  if (typeof text !== 'string' || !isLatin1 || rest.length > 0 || /[^\0-\u00ff]/.test(text))
    throw damaged('it has bytes that are none');
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function orderedDict([pairs = [], ...rest]: readonly unknown[]): Map<unknown, unknown> {
  const isPairs = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isPairs || rest.length > 0) throw damaged('it has an OrderedDict that is none');
  return new Map(pairs);
}

/** How protocols 0 and 1 make an object without calling its class. */
function reconstructed([kind, base, state]: readonly unknown[]): Uuid {
  const isUuid = kind instanceof PickledName && kind.name === 'uuid.UUID';
  const isObject = base instanceof PickledName && base.name === 'builtins.object';
  if (!isUuid || !isObject || state !== null)
    throw refused('copyreg._reconstructor of another class than UUID');
  return new Uuid();
}

/** The bytes in which datetime's types keep themselves; a text of the same codes up to protocol 2. */
function stateBytes(value: unknown, length: number, type: string): Uint8Array {
  const bytes = typeof value === 'string' ? encoded([value, 'latin1']) : value;
  if (bytes instanceof Uint8Array && bytes.length === length) return bytes;
  throw damaged(`it has a ${type} that is none`);
}

function date([state]: readonly unknown[]): string {
  const [high = 0, low = 0, month = 0, day = 0] = stateBytes(state, 4, 'date');
  const value = utcDate(high * 256 + low, month, day);
  if (!value) throw damaged('it has a date that is none');
  return value.toISOString().slice(0, 10);
}

/** The highest bit of a month or an hour tells the second of two equal times at the end of summer time. */
const WITHOUT_FOLD = 0x7f;

function datetime([state, zone = null]: readonly unknown[]): Date {
  const bytes = stateBytes(state, 10, 'datetime');
  const [high = 0, low = 0, month = 0, day, hour, minute, second] = bytes;
  const millisecond = Math.floor(microseconds(bytes.subarray(7)) / 1000);
  const value = utcDate(high * 256 + low, month & WITHOUT_FOLD, day ?? 0, hour, minute, second, millisecond);
  if (!value) throw damaged('it has a datetime that is none');
  if (zone === null) return value;
  if (!(zone instanceof TimeZone)) throw damaged('it has a time zone that is none');
  return new Date(value.getTime() - zone.offsetS * 1000);
}

function microseconds([high = 0, middle = 0, low = 0]: Uint8Array): number {
  const value = high * 65_536 + middle * 256 + low;
  if (value >= 1_000_000) throw damaged('it has a time that is none');
  return value;
}

function time([state, zone = null]: readonly unknown[]): string {
  const bytes = stateBytes(state, 6, 'time');
  const [first = 0, minute = 0, second = 0] = bytes;
  const hour = first & WITHOUT_FOLD;
  if (hour > 23 || minute > 59 || second > 59) throw damaged('it has a time that is none');
  if (zone !== null && !(zone instanceof TimeZone)) throw damaged('it has a time zone that is none');
  const micro = microseconds(bytes.subarray(3));
  const clock = [hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':');
  const fraction = micro ? `.${String(micro).padStart(6, '0')}` : '';
  return clock + fraction + (zone instanceof TimeZone ? offsetText(zone) : '');
}

/** As isoformat() writes it, such as `+02:00`. */
export function offsetText({ offsetS }: TimeZone): string {
  const minutes = Math.trunc(Math.abs(offsetS) / 60);
  const parts = [Math.trunc(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return (offsetS < 0 ? '-' : '+') + parts.join(':');
}

const DAY_S = 86_400;

function timedelta([days = 0, seconds = 0, micros = 0]: readonly unknown[]): TimeDelta {
  const parts = [days, seconds, micros];
  if (!parts.every((part) => Number.isSafeInteger(part))) throw damaged('it has a timedelta that is none');
  return new TimeDelta((days as number) * DAY_S + (seconds as number) + (micros as number) / 1e6);
}

function timezone([offset]: readonly unknown[]): TimeZone {
  if (!(offset instanceof TimeDelta) || Math.abs(offset.seconds) >= DAY_S)
    throw damaged('it has a time zone that is none');
  return new TimeZone(offset.seconds);
}

const DECIMAL = /^[+-]?(\d+\.?\d*(E[+-]?\d+)?|Inf(inity)?|s?NaN\d*)$/i;

function decimal([text, ...rest]: readonly unknown[]): string {
  const isDecimal = typeof text === 'string' && text.length <= MAX_INTEGER_DIGITS && DECIMAL.test(text);
  if (!isDecimal || rest.length > 0) throw damaged('it has a Decimal that is none');
  return text;
}

function uuid(args: readonly unknown[]): Uuid {
  if (args.length > 0) throw refused('uuid.UUID with arguments');
  return new Uuid();
}
