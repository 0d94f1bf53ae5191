// What commands print: tables for people, JSON for scripts. Nothing that an agent says draws on the terminal.
import { wantsColour } from '../src/log/index.js';

/** How a table is fitted to where it is shown. */
export interface TableStyle {
  /** Colours a cell that has been padded; rows count from 0 below the head. */
  paint?: (cell: string, row: number, column: number) => string;
  /** Longest line; the last column is cut to it. */
  width?: number | undefined;
}

const COLOURS = { green: '\x1b[32m', red: '\x1b[31m', yellow: '\x1b[33m' };
const RESET = '\x1b[0m';
const GAP = '  ';

/** Lines of a table with aligned columns and a head. Cells are shown as they are; `undefined` as a dash. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
  { paint = (cell) => cell, width }: TableStyle = {},
): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cellText(cell)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  const room = width === undefined ? undefined : Math.max(0, width - before);
  return cells.map((row, index) =>
    row
      .map((cell, column) => {
        if (column === head.length - 1) return cell.slice(0, room);
        const padded = cell.padEnd(widths[column] ?? 0);
        return index === 0 ? padded : paint(padded, index - 1, column);
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Prints a table on standard output. */
export function printTable(head: readonly string[], rows: readonly (readonly unknown[])[]): void {
  for (const line of tableLines(head, rows)) console.log(line);
}

/** Prints one JSON document on standard output. */
export function printJson(value: unknown): void {
  console.log(jsonText(value, 2));
}

/** JSON on one line. */
export function jsonLine(value: unknown): string {
  return jsonText(value);
}

/** The text in a colour, when standard output wants colour. */
export function coloured(text: string, colour: keyof typeof COLOURS): string {
  return wantsColour(process.stdout) ? `${COLOURS[colour]}${text}${RESET}` : text;
}

/** Text on one line, without control characters: a stranger's text must not draw on the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
}

/** Writes text or bytes on standard output; resolves when there is room for more, however slow the reader. */
export async function writeOutput(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Resolves when all that was printed has left: a process that ends drops what a slow pipe has not taken. */
export async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
  }
  // A write to a file that has failed is told in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
}

/** `1h02m`, `3m05s`, `4.2s`: a duration for people. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours}h${String(minutes).padStart(2, '0')}m`;
  return `${minutes}m${String(whole % 60).padStart(2, '0')}s`;
}

function cellText(cell: unknown): string {
  if (cell === undefined || cell === null || cell === '') return '-';
  return printable(String(cell));
}

/** JSON has no big integers, and leaves some control characters as they are. */
function jsonText(value: unknown, indent?: number): string {
  const replacer = (_: string, one: unknown) => (typeof one === 'bigint' ? String(one) : one);
  const text = JSON.stringify(value ?? null, replacer, indent);
  return text.replace(/[\x7f-\x9f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}
