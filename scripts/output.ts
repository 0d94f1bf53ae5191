// What commands print: tables for people, one JSON document for scripts.

/** Lines of a table with aligned columns and a head. Cells are shown as they are; `undefined` as a dash. */
export function tableLines(head: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cellText(cell)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Prints a table on standard output. */
export function printTable(head: readonly string[], rows: readonly (readonly unknown[])[]): void {
  for (const line of tableLines(head, rows)) console.log(line);
}

/** Prints one JSON document on standard output. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

function cellText(cell: unknown): string {
  if (cell === undefined || cell === null || cell === '') return '-';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a stranger's text must not draw on the terminal
  return String(cell).replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
}

/** `1h02m`, `3m05s`, `4.2s`: a duration for people. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours}h${String(minutes).padStart(2, '0')}m`;
  return `${minutes}m${String(whole % 60).padStart(2, '0')}s`;
}
