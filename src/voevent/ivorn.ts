// The names of events: `ivo://authority/resource#local` (IVOA Identifiers).

/** Longer ones are refused. Comet loses those over 255 characters; real ones have about 80. */
export const MAX_IVORN_LENGTH = 1024;

const IVORN = /^ivo:\/\/[^\s/?#]+\/[^\s?#]+#\S+$/;

/** What is wrong with an IVORN and how to mend it; `undefined` when it is sound. */
export function ivornFault(ivorn: string): string | undefined {
  if (ivorn.length > MAX_IVORN_LENGTH)
    return `has ${ivorn.length} characters; at most ${MAX_IVORN_LENGTH} are accepted`;
  if (IVORN.test(ivorn)) return undefined;
  if (!ivorn.startsWith('ivo://')) return 'does not begin with "ivo://"';
  if (/\s/.test(ivorn)) return 'has white space in it';
  if (!/#./.test(ivorn)) return 'has no local id for this event; end it with "#" and an id of your own';
  return 'is not of the form ivo://authority/resource#local';
}

/** Fit to be sent back as the Origin of a refusal, though perhaps not fit for an event. */
export function isEchoable(ivorn: string): boolean {
  return ivorn.length <= MAX_IVORN_LENGTH && /^ivo:\/\/\S+$/.test(ivorn);
}

/** The stream that an event belongs to: its IVORN without the local id. */
export function streamOf(ivorn: string): string {
  const hash = ivorn.indexOf('#');
  return hash < 0 ? ivorn : ivorn.slice(0, hash);
}
