// The base of every error that PyROS raises on purpose.

/** Options of a {@link PyrosError}. */
export interface PyrosErrorOptions {
  /** The error that led to this one. */
  cause?: unknown;
}

/**
 * An error with a stable `code` that programs may test, and a message for people that names the value, the
 * place and the way out. Each room has its own subclasses in its `errors.ts`; `docs/errors.md` lists every code.
 */
export class PyrosError extends Error {
  /** Stable, upper case, listed in `docs/errors.md`. */
  readonly code: string;

  constructor(code: string, message: string, options: PyrosErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** The `code` of any error: a PyROS code, a Node code such as `ECONNREFUSED`, or `undefined`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** One readable line for anything that was thrown. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s+/g, ' ').trim();
}
