// The kinds of values that a key of the INI file may have: how each is read from text and what is allowed.
import { ip, ipv4, pipe, safeParse, string } from 'valibot';

/** How the value of one key is read. */
export interface Kind<T> {
  /** What is allowed, for the error message and the documentation. */
  expected: string;
  /** The value, or `undefined` when the text is not allowed. */
  read(text: string): T | undefined;
}

/** One key of a section. */
export interface Key<T> extends Kind<T> {
  /** One line for the documentation. */
  help: string;
  /** Used when the key is not there; without one the key must be there. As it would stand in the file. */
  default?: string;
  /** The key may be left out, and has no value then. */
  optional?: true;
}

/** A key that may be left out. */
export interface OptionalKey<T> extends Key<T> {
  optional: true;
}

/** A key with its help and default. */
export function key<T>(kind: Kind<T>, help: string, defaultText?: string): Key<T> {
  return defaultText === undefined ? { ...kind, help } : { ...kind, help, default: defaultText };
}

/** A key that may be left out and then has no value. */
export function optionalKey<T>(kind: Kind<T>, help: string): OptionalKey<T> {
  return { ...kind, help, optional: true };
}

/** Any text that is not empty. */
export const text: Kind<string> = { expected: 'a text', read: (value) => value || undefined };

/** An IP address, version 4 or 6. */
export const ipAddress: Kind<string> = {
  expected: 'an IP address such as 127.0.0.1',
  read: (value) => (safeParse(pipe(string(), ip()), value).success ? value : undefined),
};

/** An IP address, or a range of them. */
export const addressRange: Kind<string> = {
  expected: 'an IP address or CIDR range such as 192.168.1.0/24',
  read: (value) => {
    const [address = '', prefix, ...rest] = value.split('/');
    if (ipAddress.read(address) === undefined || rest.length > 0) return undefined;
    if (prefix === undefined) return value;
    const isMapped = /^::ffff:.*\./i.test(address);
    const bits = safeParse(pipe(string(), ipv4()), address).success ? 32 : 128;
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits && !isMapped ? value : undefined;
  },
};

/** A decimal number between two limits, both allowed. */
export function number(min: number, max: number, unit = ''): Kind<number> {
  return {
    expected: `a number from ${min} to ${max}${unit && ` (${unit})`}`,
    read: (value) =>
      /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? within(Number(value), min, max) : undefined,
  };
}

/** A whole number between two limits, both allowed. */
export function integer(min: number, max: number): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    read: (value) => (/^[+-]?\d+$/.test(value) ? within(Number(value), min, max) : undefined),
  };
}

/** A TCP port. */
export const port: Kind<number> = { ...integer(1, 65_535), expected: 'a TCP port from 1 to 65535' };

/** A host and a port. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT` or an IPv6 address; without a port it is `defaultPort`. */
export function endpoint(defaultPort: number): Kind<HostAndPort> {
  return {
    expected: `a host and port such as 127.0.0.1:${defaultPort} or [::1]:${defaultPort}`,
    read: (value) => {
      const [, bracketed, name, portText] = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(value) ?? [];
      const bare = ipAddress.read(value);
      const host = bare ?? (bracketed === undefined ? name : ipAddress.read(bracketed));
      const at = portText === undefined || bare !== undefined ? defaultPort : port.read(portText);
      return host === undefined || at === undefined ? undefined : { host, port: at };
    },
  };
}

/** Yes or no. */
export const yesOrNo: Kind<boolean> = {
  expected: 'yes or no',
  read: (value) => (value === 'yes' ? true : value === 'no' ? false : undefined),
};

/** One of some words. */
export function oneOf<const W extends string>(...words: W[]): Kind<W> {
  return {
    expected: words.slice(0, -1).join(', ') + (words.length > 1 ? ' or ' : '') + words.at(-1),
    read: (value) => words.find((word) => word === value),
  };
}

const SIZE_UNITS: Record<string, number> = {
  '': 1,
  B: 1,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

/** An amount of bytes, with a unit. */
export function size(minBytes: number, maxBytes: number): Kind<number> {
  return {
    expected: `a size such as 8KiB or 16MiB, from ${minBytes} to ${maxBytes} bytes`,
    read: (value) => {
      const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value) ?? [];
      const factor = SIZE_UNITS[unit.toUpperCase()];
      if (amount === undefined || factor === undefined) return undefined;
      return within(Math.round(Number(amount) * factor), minBytes, maxBytes);
    },
  };
}

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1e3, min: 60e3, h: 3_600e3, d: 86_400e3 };

/** A duration with a unit, in ms. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  return {
    expected: `a duration such as 500ms, 10s, 5min, 2h or 1d, from ${minMs} to ${maxMs} ms`,
    read: (value) => {
      const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(value) ?? [];
      const factor = DURATION_UNITS[unit];
      if (amount === undefined || factor === undefined) return undefined;
      return within(Number(amount) * factor, minMs, maxMs);
    },
  };
}

/** A time in UTC, in ms since 1970. */
export const utcTime: Kind<number> = {
  expected: 'a time in UTC such as 2026-11-23T03:00:00Z',
  read: (value) => {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(value)) return undefined;
    const timeMs = Date.parse(value);
    return Number.isNaN(timeMs) ? undefined : timeMs;
  },
};

/** A direction as `azimuth:altitude` in degrees. */
export const skyPoint: Kind<{ azimuthDeg: number; altitudeDeg: number }> = {
  expected: 'a direction as azimuth:altitude in degrees, such as 90:25',
  read: (value) => {
    const [azimuth = '', altitude = '', ...rest] = value.split(':');
    const azimuthDeg = number(0, 360).read(azimuth.trim());
    const altitudeDeg = number(-90, 90).read(altitude.trim());
    if (azimuthDeg === undefined || altitudeDeg === undefined || rest.length > 0) return undefined;
    return { azimuthDeg, altitudeDeg };
  },
};

/** Which device stands for something at an INDI server. */
export const indiName: Kind<{ element: string; device: string }> = {
  expected: 'an element and a device such as ACTIVE_FILTER:Filter Simulator',
  read: (value) => {
    const [, element, device] = /^([A-Z][A-Z0-9_]*):\s*(.+)$/.exec(value) ?? [];
    return element === undefined || device === undefined ? undefined : { element, device };
  },
};

/** Either of two kinds. */
export function either<A, B>(first: Kind<A>, second: Kind<B>): Kind<A | B> {
  return {
    expected: `${first.expected}, or ${second.expected}`,
    read: (value) => first.read(value) ?? second.read(value),
  };
}

/** Values separated by commas; none is allowed too. */
export function list<T>(kind: Kind<T>): Kind<T[]> {
  return {
    expected: `${kind.expected}, or several separated by commas`,
    read: (value) => {
      const parts = value.split(',').map((part) => part.trim());
      const values = parts.filter(Boolean).map((part) => kind.read(part));
      return values.includes(undefined) ? undefined : (values as T[]);
    },
  };
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}
