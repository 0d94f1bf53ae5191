// What a worker has to tell the broker, in pieces that fit into a message each.
import type { PackedOutcome, PackedResult } from './protocol.js';

export interface ReportBatch {
  /** Its place among all that this worker says; 0 as long as it grows. */
  place: number;
  begun: number[];
  ended: PackedOutcome[];
  returned: number[];
  again: number[];
  later: [tag: number, delayMs: number][];
  states: PackedResult[];
  events: Record<string, unknown>[];
}

type Kind = Exclude<keyof ReportBatch, 'place'>;

/** States and outcomes of one piece take so much, unless a single one is larger: that goes alone. */
const PIECE_BYTES = 512 * 1024;

export function emptyBatch(): ReportBatch {
  return { place: 0, begun: [], ended: [], returned: [], again: [], later: [], states: [], events: [] };
}

/** Looked at with every report: not made anew each time. */
const KINDS = Object.keys(emptyBatch()).filter((key) => key !== 'place') as Kind[];

export function isEmpty(batch: ReportBatch): boolean {
  return KINDS.every((kind) => batch[kind].length === 0);
}

/** Only the lists that there are. */
export function filled(batch: ReportBatch): Partial<Pick<ReportBatch, Kind>> {
  const given: Partial<Record<Kind, unknown[]>> = {};
  for (const kind of KINDS) if (batch[kind].length > 0) given[kind] = batch[kind];
  return given as Partial<Pick<ReportBatch, Kind>>;
}

/** Takes these tags out of what is said of tasks that have begun or went back. */
export function forgetTags(batch: ReportBatch, tags: ReadonlySet<number>): void {
  const { begun, returned, again, later } = batch;
  if (returned.length + again.length + later.length === 0) return;
  batch.begun = begun.filter((tag) => !tags.has(tag));
  batch.returned = returned.filter((tag) => !tags.has(tag));
  batch.again = again.filter((tag) => !tags.has(tag));
  batch.later = later.filter(([tag]) => !tags.has(tag));
}

/** Puts a batch that is to be said again where it was among others: an end must not come before that which led to it. */
export function insertInPlace(batches: ReportBatch[], batch: ReportBatch): void {
  const index = batches.findIndex(({ place }) => place > batch.place);
  batches.splice(index < 0 ? batches.length : index, 0, batch);
}

/** Splits off what goes next. Of one task states come before its outcome. */
export function nextPiece(batch: ReportBatch): [piece: ReportBatch, rest: ReportBatch] {
  const sizes = [...batch.states.map(stateBytes), ...batch.ended.map(outcomeBytes)];
  const first = sizes[0] ?? 0;
  if (first > PIECE_BYTES) return split(batch, 1, emptyBatch(), batch);
  let bytes = 0;
  const fitting = sizes.findIndex((size) => {
    bytes += size;
    return bytes > PIECE_BYTES;
  });
  if (fitting < 0) return [batch, emptyBatch()];
  return split(batch, fitting, batch, emptyBatch());
}

/** The first `count` states and outcomes go; of all else what the last two say. */
function split(
  { states, ended }: ReportBatch,
  count: number,
  going: ReportBatch,
  staying: ReportBatch,
): [piece: ReportBatch, rest: ReportBatch] {
  const ends = Math.max(0, count - states.length);
  return [
    { ...going, states: states.slice(0, count), ended: ended.slice(0, ends) },
    { ...staying, states: states.slice(count), ended: ended.slice(ends) },
  ];
}

function stateBytes([, , , body]: PackedResult): number {
  return body.length;
}

/** What an outcome takes, but for a little. */
export function outcomeBytes([, , result, retry, followers, , results, parts]: PackedOutcome): number {
  let bytes = (result ? stateBytes(result) : 0) + (retry ? retry[6].length : 0);
  for (const follower of followers ?? []) bytes += follower[6].length;
  for (const one of results ?? []) bytes += stateBytes(one);
  for (const [, , , , body, record] of parts ?? []) bytes += body.length + stateBytes(record);
  return bytes;
}
