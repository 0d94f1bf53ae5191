// From the bytes of a VOEvent to its model. In the order of the rules: size, encoding, well-formed, root and role,
// structure, IVORN; the first that fails is the reason of the refusal.
import { VOEventError } from './errors.js';
import { readEvent } from './from-xml/event.js';
import { isEchoable } from './ivorn.js';
import { type VOEventLimits, withDefaults } from './limits.js';
import type { VOEvent } from './model.js';
import { findings } from './validate.js';
import { decodeXml } from './xml/decode.js';
import type { XmlElement } from './xml/element.js';
import { placeOf } from './xml/place.js';
import { readXml } from './xml/read.js';

/**
 * Reads a VOEvent 2.0.
 * @throws VOEventError with one of the codes of `docs/errors.md`, and the event's IVORN when it could be read
 */
export function parseVOEvent(bytes: Uint8Array, limits: Partial<VOEventLimits> = {}): VOEvent {
  const all = withDefaults(limits);
  if (bytes.length > all.maxBytes) {
    const text = `the event has ${bytes.length} bytes; at most ${all.maxBytes} are accepted`;
    throw new VOEventError('VOEVENT_TOO_LARGE', text);
  }
  const text = decodeXml(bytes);
  const root = readXml(text, all);
  refuseFindings(root, text);
  return readEvent(root);
}

function refuseFindings(root: XmlElement, text: string): void {
  const [first, ...more] = findings(root);
  if (!first) return;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  const message = `${placeOf(text, first.offset)}, ${first.path}: ${first.text}${others}`;
  throw new VOEventError(first.code, message, { ivorn: echoableIvorn(root) });
}

function echoableIvorn(root: XmlElement): string | undefined {
  const ivorn = root.attributes.get('ivorn')?.trim();
  return ivorn !== undefined && isEchoable(ivorn) ? ivorn : undefined;
}
