// From the bytes of a VOEvent to its model. In the order of the rules: size, encoding, well-formed, root and role,
// structure, IVORN; the first that fails is the reason of the refusal.
import { VOEventError } from './errors.js';
import { readEvent } from './from-xml/event.js';
import { isEchoable } from './ivorn.js';
import { type VOEventLimits, withDefaults } from './limits.js';
import type { VOEvent } from './model.js';
import { type Policy, STRICT } from './policy.js';
import { type Finding, findings } from './validate.js';
import { decodeXml } from './xml/decode.js';
import type { XmlElement } from './xml/element.js';
import { placeOf } from './xml/place.js';
import { readXml } from './xml/read.js';

/** An event, and what is wrong with it that its policy lets pass. */
export interface Reading {
  readonly event: VOEvent;
  /** Each with its place; empty for a sound VOEvent 2.0. */
  readonly marks: readonly string[];
}

/**
 * Reads a VOEvent 2.0.
 * @throws VOEventError with one of the codes of `docs/errors.md`, and the event's IVORN when it could be read
 */
export function parseVOEvent(bytes: Uint8Array, limits: Partial<VOEventLimits> = {}): VOEvent {
  return readVOEvent(bytes, limits).event;
}

/** As {@link parseVOEvent}, by a policy on what is not quite VOEvent 2.0. */
export function readVOEvent(
  bytes: Uint8Array,
  limits: Partial<VOEventLimits> = {},
  policy: Policy = STRICT,
): Reading {
  const all = withDefaults(limits);
  if (bytes.length > all.maxBytes) {
    const text = `the event has ${bytes.length} bytes; at most ${all.maxBytes} are accepted`;
    throw new VOEventError('VOEVENT_TOO_LARGE', text);
  }
  const text = decodeXml(bytes);
  const root = readXml(text, all);
  const { refused, marked } = findings(root, policy);
  const [first, ...more] = refused;
  if (first) {
    const others = more.length > 0 ? ` (and ${more.length} more)` : '';
    throw new VOEventError(first.code, `${findingText(text, first)}${others}`, {
      ivorn: echoableIvorn(root),
    });
  }
  return { event: readEvent(root), marks: marked.map((finding) => findingText(text, finding)) };
}

function findingText(text: string, { offset, path, text: what }: Finding): string {
  return `${placeOf(text, offset)}, ${path}: ${what}`;
}

function echoableIvorn(root: XmlElement): string | undefined {
  const ivorn = root.attributes.get('ivorn')?.trim();
  return ivorn !== undefined && isEchoable(ivorn) ? ivorn : undefined;
}
