// Arguments of tasks that anybody may call, checked where they are used.
import { type BaseIssue, type BaseSchema, safeParse } from 'valibot';
import { ObservationError } from '../errors.js';

/** @throws ObservationError `INVALID_PLAN` */
export function checked<T>(
  schema: BaseSchema<unknown, T, BaseIssue<unknown>>,
  given: unknown,
  what: string,
  expected: string,
): T {
  const result = safeParse(schema, given);
  if (result.success) return result.output;
  const shown = JSON.stringify(given)?.slice(0, 100);
  throw new ObservationError(
    'INVALID_PLAN',
    `${what} is ${shown}: expected ${expected} (${result.issues[0].message})`,
  );
}
