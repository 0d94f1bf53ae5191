// How pickles write numbers, and texts in lines.
import { MAX_INTEGER_DIGITS } from '../limits.js';
import { damaged } from './refused.js';

/** A number when it is exact, else a BigInt. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** LONG1 and LONG4: two's complement, the lowest byte first. */
export function integerOfBytes(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return exactInteger(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}

/** INT and LONG: decimal digits; `00` and `01` are False and True for INT. */
export function integerOfLine(line: string): number | bigint {
  const digits = line.replace(/L$/, '');
  if (!/^[+-]?\d+$/.test(digits)) throw damaged(`"${line.slice(0, 40)}" is no integer`);
  if (digits.length > MAX_INTEGER_DIGITS + 1)
    throw damaged(`it has an integer of over ${MAX_INTEGER_DIGITS} digits as text`);
  return exactInteger(BigInt(digits.replace(/^\+/, '')));
}

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NAMED_FLOATS: Record<string, number> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };

/** FLOAT: what repr(float) writes. */
export function floatOfLine(line: string): number {
  if (Object.hasOwn(NAMED_FLOATS, line)) return NAMED_FLOATS[line] as number;
  if (!FLOAT.test(line)) throw damaged(`"${line.slice(0, 40)}" is no float`);
  return Number(line);
}

/** UNICODE: Latin-1, all else as \uXXXX or \UXXXXXXXX. */
export function textOfRawUnicode(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? '', 16);
    if (code > 0x10ffff) throw damaged(`\\U${long} is no character`);
    return String.fromCodePoint(code);
  });
}

const ESCAPES: Record<string, string> = { '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t' };

/** STRING: a str of Python 2, in quotes. */
export function textOfRepr(line: string): string {
  const [, , inner] = /^(['"])(.*)\1$/s.exec(line) ?? [];
  if (inner === undefined) throw damaged('it has a string without quotes');
  const text = inner.replace(/\\(x[0-9a-f]{2}|.)/gi, (_, code: string) => {
    if (code.length === 3) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? `\\${code}`;
  });
  return asciiText(text);
}

/** A str of Python 2, which Python 3 takes for a text as long as it is ASCII. */
export function asciiText(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  if (!/^[\x00-\x7f]*$/.test(latin1)) throw damaged('it has a str of Python 2 that is not ASCII');
  return latin1;
}
