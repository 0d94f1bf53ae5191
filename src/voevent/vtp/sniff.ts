// What a frame is, by a look at its beginning: for what comes by the hundred thousand. It decides who reads a frame in
// earnest, never what is in it.
import { latin1 } from '../xml/decode.js';

/** A root element beyond this is not found; then the frame is read in earnest. */
const LOOK_BYTES = 1024;

const TRANSPORT = /<(?:[\w.-]+:)?Transport[\s>]/;
const ACK = /<(?:[\w.-]+:)?Transport\s[^>]*?\brole\s*=\s*["']ack["']/;

/** It may be a transport message: an event that speaks of one is told by its own root element. */
export function looksLikeTransport(frame: Uint8Array): boolean {
  const head = latin1(frame.subarray(0, LOOK_BYTES));
  const at = head.search(TRANSPORT);
  if (at < 0) return head.includes('\0') && head.replaceAll('\0', '').search(TRANSPORT) >= 0;
  const event = head.indexOf('VOEvent');
  return event < 0 || at < event;
}

/** How the last acknowledgement began, up to its role: whatever begins so is one too. */
let lastAck = new Uint8Array(0);

/** It is an acknowledgement, as everybody writes it. */
export function looksLikeAck(frame: Uint8Array): boolean {
  if (lastAck.length > 0 && beginsWith(frame, lastAck)) return true;
  const found = ACK.exec(latin1(frame.subarray(0, LOOK_BYTES)));
  if (!found) return false;
  lastAck = Uint8Array.prototype.slice.call(frame, 0, found.index + found[0].length);
  return true;
}

function beginsWith(frame: Uint8Array, beginning: Uint8Array): boolean {
  for (let at = 0; at < beginning.length; at += 1) if (frame[at] !== beginning[at]) return false;
  return true;
}
