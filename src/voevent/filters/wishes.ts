// What a subscriber wants: the filters of its answer to `authenticate`.
import { VOEventError } from '../errors.js';
import type { TransportMessage } from '../vtp/transport.js';
import { parseSimpleFilter, type SimpleFilter } from './simple.js';

/** Names of Params of an `authenticate` message. */
export const XPATH_FILTER = 'xpath-filter';
export const SIMPLE_FILTER = 'simple-filter';
/** The time since which events are wanted that were missed, in UTC. */
export const CATCH_UP_SINCE = 'catch-up-since';

const MAX_FILTERS = 16;

/** An event passes when it passes any of the filters, or when there is none. */
export interface Wishes {
  readonly xpath: readonly string[];
  readonly simple: readonly SimpleFilter[];
  readonly sinceMs?: number;
}

/** Reads them. @throws VOEventError `VOEVENT_FILTER` */
export function wishesOf({ params }: Pick<TransportMessage, 'params'>): Wishes {
  const values = (name: string) => params.filter((one) => one.name === name).map((one) => one.value);
  const [xpath, simple] = [values(XPATH_FILTER), values(SIMPLE_FILTER)];
  if (xpath.length + simple.length > MAX_FILTERS)
    throw new VOEventError('VOEVENT_FILTER', `there are over ${MAX_FILTERS} filters`);
  const sinceMs = Date.parse(values(CATCH_UP_SINCE)[0] ?? '');
  return {
    xpath,
    simple: simple.map(parseSimpleFilter),
    ...(Number.isNaN(sinceMs) ? {} : { sinceMs }),
  };
}
