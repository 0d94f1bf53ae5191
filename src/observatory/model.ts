// The words of the observatory: alert, request, sequence, album, plan. Declared as schemas, since they travel in
// messages and whoever receives one checks it. Times are ms UTC, angles degrees (ICRS), exposures seconds.
import {
  array,
  check,
  type InferOutput,
  integer,
  ltValue,
  maxLength,
  maxValue,
  minLength,
  minValue,
  number,
  object,
  optional,
  picklist,
  pipe,
  string,
} from 'valibot';

/** A text that is stored and shown: bounded. */
export const shortText = pipe(string(), minLength(1), maxLength(1024));
/** In ms UTC. */
export const time = pipe(number(), minValue(0), maxValue(8.64e15));
const count = pipe(number(), integer(), minValue(1), maxValue(9999));

/** A position in the sky. */
export const position = object({
  raDeg: pipe(number(), minValue(0), ltValue(360)),
  decDeg: pipe(number(), minValue(-90), maxValue(90)),
});

/** An event worth pointing at. */
export const alertSchema = object({
  ivorn: shortText,
  ...position.entries,
  /** Radius within which the source is expected. */
  errorDeg: optional(pipe(number(), minValue(0), maxValue(180))),
  triggerMs: optional(time),
  /** When the observatory received it. */
  receivedMs: time,
});
export type Alert = InferOutput<typeof alertSchema>;

/** What one detector does: so many images of so long through one filter. */
export const planSchema = object({
  filter: shortText,
  exposureS: pipe(number(), minValue(0), maxValue(3600)),
  count,
});
export type Plan = InferOutput<typeof planSchema>;

/** A detector: of visible or of infrared light. */
export const detectorSchema = picklist(['VIS', 'NIR']);
export type Detector = InferOutput<typeof detectorSchema>;

/** The plans of one detector. */
export const albumSchema = object({
  detector: detectorSchema,
  plans: pipe(array(planSchema), minLength(1), maxLength(100)),
});
export type Album = InferOutput<typeof albumSchema>;

/** One pointing, and what is taken there. */
export const sequenceSchema = object({
  id: shortText,
  target: position,
  albums: pipe(
    array(albumSchema),
    minLength(1),
    maxLength(2),
    // They are taken at the same time.
    check(
      (albums) => new Set(albums.map(({ detector }) => detector)).size === albums.length,
      'expected at most one album for each detector',
    ),
  ),
});
export type Sequence = InferOutput<typeof sequenceSchema>;

/** What somebody wants observed. */
export const requestSchema = object({
  id: shortText,
  name: shortText,
  /** 0 to 9, 9 highest. */
  priority: pipe(number(), integer(), minValue(0), maxValue(9)),
  strategy: shortText,
  alert: optional(alertSchema),
  sequences: pipe(array(sequenceSchema), minLength(1), maxLength(1000)),
});
export type ObservationRequest = InferOutput<typeof requestSchema>;

/** A sequence with its place in the night. */
export const scheduledSchema = object({
  sequence: sequenceSchema,
  requestId: shortText,
  name: shortText,
  priority: requestSchema.entries.priority,
  alert: optional(alertSchema),
  startMs: time,
  endMs: time,
  /** The simulated night that its times are of; none with the system's clock. */
  night: optional(shortText),
});
export type ScheduledSequence = InferOutput<typeof scheduledSchema>;

/** What the majordome replies to `Begin sequence`. */
export interface SequenceOrder {
  scheduled: ScheduledSequence;
  /** Of the observation; rises with each. */
  number: number;
  /** Images that there are already. */
  taken: Record<Detector, number>;
}

/** Whether an entry's times mean something tonight: a simulated clock that is started again goes back. */
export function isOfNight({ night }: Pick<ScheduledSequence, 'night'>, tonight: string | undefined): boolean {
  return tonight === undefined || night === tonight;
}

/** Why an entry is dropped that is not of this night. */
export const OTHER_NIGHT = 'it was planned in an earlier simulated night';
