// The little of a logger that this room needs.

/** Takes lines for people, with fields for programs. */
export interface VoeventLog {
  info(text: string, fields?: Record<string, unknown>): void;
  warn(text: string, fields?: Record<string, unknown>): void;
}

/** Keeps nothing. */
export const SILENT: VoeventLog = { info() {}, warn() {} };
