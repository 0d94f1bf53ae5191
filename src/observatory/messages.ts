// The catalogue of messages between agents: who sends one imports it from here, and so does who receives it.
import {
  array,
  boolean,
  custom,
  integer,
  maxLength,
  maxValue,
  minLength,
  minValue,
  number,
  object,
  optional,
  picklist,
  pipe,
} from 'valibot';
import { defineMessage } from '../mesh/index.js';
import {
  alertSchema,
  detectorSchema,
  position,
  requestSchema,
  scheduledSchema,
  shortText,
  time,
} from './model.js';

// To alert_manager.

/** A VOEvent was stored and acknowledged. */
export const VOEVENT_RECEIVED = defineMessage(
  'VOEvent received',
  'A VOEvent was stored: decide whether to follow it',
  object({
    /** Digest that identifies the packet. */
    id: shortText,
    ivorn: shortText,
    /** The packet, byte by byte as it came. */
    packet: custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes'),
    receivedMs: pipe(number(), minValue(0)),
    /** Consider it anew, if nothing was requested because of it: the strategies may have changed. */
    again: optional(boolean()),
  }),
);

export const OPPORTUNITY_DECIDED = defineMessage(
  'Target of opportunity decided',
  'What the majordome does about a target of opportunity, and why',
  object({
    request: shortText,
    decision: picklist(['NOW', 'NEXT', 'LATER', 'REFUSED']),
    reason: shortText,
  }),
);

// To voevent_broker.

const cone = object({
  raDeg: pipe(number(), minValue(0), maxValue(360)),
  decDeg: pipe(number(), minValue(-90), maxValue(90)),
  radiusDeg: pipe(number(), minValue(0), maxValue(180)),
});

/** What VOEvents are sought; all that is given must hold. */
const eventQuery = object({
  sinceMs: optional(number()),
  untilMs: optional(number()),
  ivorn: optional(shortText),
  role: optional(picklist(['observation', 'prediction', 'utility', 'test'])),
  stream: optional(shortText),
  cone: optional(cone),
  /** Arrivals before this one: the next page. */
  before: optional(pipe(number(), integer(), minValue(1))),
  limit: pipe(number(), integer(), minValue(1), maxValue(1000)),
});

export const LIST_VOEVENTS = defineMessage(
  'VOEvents',
  'The stored VOEvents that fit, the newest first, without their bytes; `next` is the `before` of the next page',
  eventQuery,
);

export const SHOW_VOEVENT = defineMessage(
  'VOEvent',
  'One stored VOEvent with its bytes, by the number of its arrival, its digest, or its IVORN',
  object({ name: shortText }),
);

export const REPLAY_VOEVENT = defineMessage(
  'Replay VOEvent',
  'Hand a stored VOEvent to the alert manager again, which considers it unless it knows it; with `again` also then',
  object({ id: shortText, again: optional(boolean()) }),
);

// To scheduler.

export const REQUEST_SUBMITTED = defineMessage(
  'Request submitted',
  'Somebody wants something observed: find its place in the night',
  requestSchema,
);

const observationEnd = object({
  sequence: shortText,
  reason: optional(shortText),
  images: optional(array(shortText)),
});

export const OBSERVATION_FINISHED = defineMessage(
  'Observation finished',
  'A sequence is complete',
  observationEnd,
);

export const OBSERVATION_FAILED = defineMessage(
  'Observation failed',
  'A sequence could not be completed',
  observationEnd,
);

// To majordome.

export const SCHEDULE_READY = defineMessage(
  'Schedule ready',
  'The night has changed: follow this schedule',
  object({ entries: pipe(array(scheduledSchema), maxLength(10_000)) }),
);

export const TARGET_OF_OPPORTUNITY = defineMessage(
  'Target of opportunity',
  'A request that may interrupt what is observed now',
  requestSchema,
);

export const BEGIN_SEQUENCE = defineMessage(
  'Begin sequence',
  'A task asks for the sequence that it is to run; the reply has it, and how many images of each detector there are already',
  object({ sequence: shortText, task: shortText }),
);

export const SEQUENCE_STEP = defineMessage(
  'Sequence step',
  'A task tells how far its sequence is; answered when that is on disk',
  object({
    sequence: shortText,
    task: shortText,
    step: picklist(['SLEWING', 'EXPOSING', 'IMAGE']),
    /** When it was made, in ms UTC of the observatory's clock. */
    atMs: time,
    /** Of an image. */
    path: optional(shortText),
    /** That took the image; without it that of visible light. */
    detector: optional(detectorSchema),
  }),
);

export const LIST_SEQUENCES = defineMessage(
  'Sequences',
  'The last sequences, each with its times and images',
);

// To scheduler and majordome.

/** What was to be observed turned out to be nothing. */
export const ALERT_RETRACTED = defineMessage(
  'Alert retracted',
  'What these requests are about was taken back: withdraw what waits, end what runs',
  object({
    /** Ids of the requests. */
    requests: pipe(array(shortText), minLength(1), maxLength(1000)),
    /** IVORN of the packet that takes it back. */
    by: shortText,
  }),
);

// To telescope.

export const TELESCOPE_GOTO = defineMessage(
  'DO TELESCOPE GOTO',
  'Slew to raDeg, decDeg (ICRS) and track',
  position,
);
export const TELESCOPE_STOP = defineMessage('DO TELESCOPE STOP', 'Stop moving and tracking');
export const TELESCOPE_PARK = defineMessage('DO TELESCOPE PARK', 'Go to the park position');
export const TELESCOPE_POSITION = defineMessage('GET TELESCOPE POSITION', 'Where it points');

// To camera_vis and camera_nir.

const exposure = object({
  exposureS: pipe(number(), minValue(0), maxValue(3600)),
  filter: shortText,
  object: shortText,
  sequence: optional(shortText),
  observation: optional(pipe(number(), integer(), minValue(0))),
  observer: optional(shortText),
  alert: optional(alertSchema),
  /** Where the telescope was sent. */
  target: optional(position),
});
const EXPOSE_HELP = 'Take one image; replies with its path when it is on disk';
const ABORT_HELP = 'End the exposure and drop it';

export const CAMERA_EXPOSE = defineMessage('DO CAMERA:VIS EXPOSE', EXPOSE_HELP, exposure);
export const CAMERA_ABORT = defineMessage('DO CAMERA:VIS ABORT', ABORT_HELP);
export const CAMERA_NIR_EXPOSE = defineMessage('DO CAMERA:NIR EXPOSE', EXPOSE_HELP, exposure);
export const CAMERA_NIR_ABORT = defineMessage('DO CAMERA:NIR ABORT', ABORT_HELP);
