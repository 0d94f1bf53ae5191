// The header of a posted message on its way, with its place in the outbox.

/** Fields of a posted message. */
export interface PostedFields {
  /** `<outbox>.<number>` */
  seq: string;
  /** Number of the message before it, when that is not the one just below. */
  after: number | undefined;
  /** All up to this number were handled or given up; said by the first after a pause. */
  settled: number | undefined;
  /** It was sent before. */
  again: boolean;
}

/** The header line of a posted message. */
export function postedHeader(
  message: string,
  id: number,
  from: string,
  { seq, after, settled, again }: PostedFields,
  payloadBytes: number | undefined,
): string {
  let header = `${message}\tid=${id}\tfrom=${from}\tseq=${seq}`;
  if (after !== undefined) header += `\tafter=${after}`;
  if (settled !== undefined) header += `\tsettled=${settled}`;
  if (again) header += '\tagain=1';
  return payloadBytes === undefined ? `${header}\n` : `${header}\tbytes=${payloadBytes}\n`;
}

const LAST = Number.MAX_SAFE_INTEGER;

/** What a header takes at most besides its message and its line end, however often it is sent, in bytes. */
export function postedFieldsBytes(from: string, outbox: string): number {
  const place = { seq: `${outbox}.${LAST}`, after: LAST, settled: LAST, again: true };
  return Buffer.byteLength(postedHeader('', LAST, from, place, LAST)) - 1;
}
