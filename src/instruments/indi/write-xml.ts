// What a client says to an INDI server.
import type { IndiVector } from './vector.js';

/** Of the protocol. */
const INDI_VERSION = '1.7';

/** New values of some elements of a property. */
export type NewValues = Readonly<Record<string, string | number | boolean>>;

/** Asks for the definitions of all properties, or of one device, or of one property. */
export function getPropertiesXml(device?: string, name?: string): string {
  return `<getProperties version="${INDI_VERSION}"${attribute('device', device)}${attribute('name', name)}/>\n`;
}

/** Asks for the BLOBs of a device, besides all else. */
export function enableBlobXml(device: string): string {
  return `<enableBLOB${attribute('device', device)}>Also</enableBLOB>\n`;
}

/** Servers from 1.9.8 on may ask whether we still read. */
export function pingReplyXml(uid: string): string {
  return `<pingReply${attribute('uid', uid)}/>\n`;
}

/** A command. */
export function newVectorXml({ kind, device, name }: IndiVector, values: NewValues): string {
  const members = Object.entries(values).map(
    ([member, value]) => `<one${kind}${attribute('name', member)}>${escaped(textOf(value))}</one${kind}>`,
  );
  const tag = `new${kind}Vector`;
  return `<${tag}${attribute('device', device)}${attribute('name', name)}>${members.join('')}</${tag}>\n`;
}

function textOf(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'On' : 'Off') : String(value);
}

function attribute(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name}="${escaped(value)}"`;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Characters that XML has no way to write become blanks. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, ' ').replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one);
}
