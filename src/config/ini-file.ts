// An INI file as flat sections of texts, with the line of each key. Twice the same key or section is a mistake.
import { readFileSync } from 'node:fs';
import { parse } from 'ini';
import { errorText } from '../errors/index.js';
import { ConfigError, type ConfigMistake } from './errors.js';

/** The texts of a file, by section and key. */
export interface IniFile {
  file: string;
  sections: Map<string, Map<string, string>>;
  /** Line of `section`, or of `section` NUL `key`. */
  lines: Map<string, number>;
  mistakes: ConfigMistake[];
}

/** No configuration is longer; a larger file was named by mistake. */
const LONGEST_FILE_BYTES = 2 ** 20;

/**
 * Reads an INI file.
 * @throws ConfigError `CONFIG_NOT_FOUND`
 */
export function readIniFile(file: string): IniFile {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').slice(0, LONGEST_FILE_BYTES);
  } catch (error) {
    const hint = 'name another with --config PATH or PYROS_AGENT_CONFIG';
    throw new ConfigError('CONFIG_NOT_FOUND', `cannot read ${file}: ${errorText(error)}; ${hint}`, [], error);
  }
  return parseIni(file, content);
}

/** As {@link readIniFile}, of a text. */
export function parseIni(file: string, content: string): IniFile {
  const { lines, mistakes } = scan(content);
  const sections = new Map<string, Map<string, string>>();
  flatten('', parse(content), sections);
  return { file, sections, lines, mistakes: [...mistakes, ...unread(lines, sections)] };
}

/** What the package leaves out, such as `__proto__`, or takes for something else, such as `[a] b`. */
function unread(lines: IniFile['lines'], sections: IniFile['sections']): ConfigMistake[] {
  const places = [...lines].map(([place, line]) => {
    const [section = '', key = ''] = place.split('\0');
    return { section, key, line };
  });
  const isRead = ({ section, key }: { section: string; key: string }) =>
    key ? sections.get(section)?.has(key) : sections.has(section);
  return places
    .filter((place) => !isRead(place))
    .map((place) => ({ ...place, found: 'what cannot be read', expected: '[section] or key = value' }));
}

/** `[a.b]` is a section within a section to the package; to us it is a section named `a.b`. */
function flatten(
  name: string,
  value: Record<string, unknown>,
  sections: Map<string, Map<string, string>>,
): void {
  const keys = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    if (isRecord(inner)) flatten(name ? `${name}.${key}` : key, inner, sections);
    else keys.set(key, inner === null ? '' : String(inner).trim());
  }
  sections.set(name, keys);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Finds the line of every section and key, and those that stand twice: the package lets the last one win. */
function scan(content: string): Pick<IniFile, 'lines' | 'mistakes'> {
  const lines = new Map<string, number>();
  const mistakes: ConfigMistake[] = [];
  let section = '';
  for (const [index, raw] of content.split(/\r?\n/).entries()) {
    const text = raw.trim();
    if (!text || text.startsWith(';') || text.startsWith('#')) continue;
    const header = /^\[([^\]]*)\]/.exec(text)?.[1];
    const key = header === undefined ? (text.split('=')[0] as string).trim() : '';
    if (header !== undefined) section = header.trim();
    const place = key ? `${section}\0${key}` : section;
    const before = lines.get(place);
    if (before === undefined) lines.set(place, index + 1);
    else
      mistakes.push({
        section,
        key,
        line: index + 1,
        found: `it again (first in line ${before})`,
        expected: 'it once',
      });
  }
  return { lines, mistakes };
}
