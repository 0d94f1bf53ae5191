// What programs add to an exposure, as payload of its sentence: for the header, and for the simulated sky.
import {
  finite,
  integer,
  maxLength,
  minValue,
  number,
  object,
  optional,
  pipe,
  safeParse,
  string,
} from 'valibot';
import { errorText } from '../../errors/index.js';
import type { Transient } from '../drivers/index.js';
import { InstrumentError } from '../errors.js';

/** Brightness of a simulated afterglow one minute after the trigger. */
const TRANSIENT_MAGNITUDE = 13;

const shortText = pipe(string(), maxLength(500));
const angle = pipe(number(), finite());
const place = object({ raDeg: angle, decDeg: angle });

const exposureContext = object({
  sequence: optional(shortText),
  filter: optional(shortText),
  observer: optional(shortText),
  observation: optional(pipe(number(), integer(), minValue(0))),
  object: optional(shortText),
  exposureS: optional(number()),
  target: optional(place),
  alert: optional(
    object({
      ivorn: shortText,
      raDeg: angle,
      decDeg: angle,
      errorDeg: optional(angle),
      triggerMs: optional(angle),
      receivedMs: optional(angle),
    }),
  ),
});

/** What programs add to an exposure. */
export type ExposureContext = ReturnType<typeof contextOf>;

/** @throws InstrumentError `INVALID_VALUE` for a payload that is none */
export function contextOf(data: unknown) {
  if (data === undefined || data === null) return {};
  const result = safeParse(exposureContext, data);
  if (result.success) return result.output;
  throw new InstrumentError(
    'INVALID_VALUE',
    `the payload of the exposure: ${errorText(result.issues[0].message)}`,
  );
}

/** The simulated sky shows the event that is followed up. */
export function transientOf(alert: ExposureContext['alert']): { transient?: Transient } {
  const triggerTimeMs = alert?.triggerMs ?? alert?.receivedMs;
  if (!alert || triggerTimeMs === undefined) return {};
  const { raDeg, decDeg } = alert;
  return { transient: { raDeg, decDeg, triggerTimeMs, magnitudeAt1min: TRANSIENT_MAGNITUDE } };
}
