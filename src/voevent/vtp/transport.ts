// The messages of VTP that are no events: iamalive, authenticate, ack, nak (VTP 2.0, section 3).
import { errorText } from '../../errors/index.js';
import { compact } from '../compact.js';
import { quoted, VtpError } from '../errors.js';
import type { VOEventLimits } from '../limits.js';
import { decodeXml } from '../xml/decode.js';
import { child, childrenOf, childText, textOf, type XmlElement } from '../xml/element.js';
import { readXml } from '../xml/read.js';
import { element, textElement } from '../xml/write.js';

/** What a transport message is for. */
export type TransportRole = 'iamalive' | 'authenticate' | 'ack' | 'nak';

const ROLES: readonly TransportRole[] = ['iamalive', 'authenticate', 'ack', 'nak'];

/** The Recommendation's namespace, which is sent, then Comet's, then a third that is met. All are read. */
export const TRANSPORT_NAMESPACES: readonly [string, ...string[]] = [
  'http://telescope-networks.org/schema/Transport/v1.1',
  'http://www.telescope-networks.org/xml/Transport/v1.1',
  'http://telescope-networks.org/xml/Transport/v1.1',
];

/** A named value in the Meta of a transport message, such as a filter. */
export interface TransportParam {
  readonly name: string;
  readonly value: string;
}

/** A transport message. */
export interface TransportMessage {
  readonly role: TransportRole;
  /** IVORN of the broker; in an ack or nak, of the event. */
  readonly origin: string;
  /** IVORN of who answers. */
  readonly response?: string;
  /** When it was written, in UTC, such as `2026-02-11T19:24:23Z`. */
  readonly timeStamp?: string;
  readonly params: readonly TransportParam[];
  /** For people: in a nak, the reason. */
  readonly result?: string;
}

/** Transport messages are small; nothing larger is read. */
export const MAX_TRANSPORT_BYTES = 1024 * 1024;

const LIMITS: Partial<VOEventLimits> = { maxDepth: 8, maxElements: 1000 };

/**
 * Reads a transport message, in any of the three namespaces.
 * @throws VtpError `VTP_NOT_TRANSPORT`
 */
export function parseTransport(bytes: Uint8Array): TransportMessage {
  const root = readRoot(bytes);
  const role = ROLES.find((one) => one === root.attributes.get('role'));
  if (!role) throw notTransport(`its role is ${quoted(root.attributes.get('role') ?? 'missing')}`);
  const origin = childText(root, 'Origin');
  if (origin === undefined) throw notTransport('it has no Origin');
  const meta = child(root, 'Meta');
  return compact<TransportMessage>({
    role,
    origin,
    response: childText(root, 'Response'),
    timeStamp: childText(root, 'TimeStamp'),
    params: [
      ...childrenOf(meta, 'Param').map(readParam),
      ...childrenOf(meta, 'filter').flatMap(readOldFilter),
    ],
    result: childText(meta, 'Result'),
  });
}

/** The bytes of a transport message, in the Recommendation's namespace. */
export function writeTransport(message: TransportMessage): Buffer {
  const { role, origin, response, timeStamp, params, result } = message;
  const named = params.map(({ name, value }) => element('Param', { name, value }));
  const hasMeta = params.length > 0 || result !== undefined;
  const root = element(
    'trn:Transport',
    { 'xmlns:trn': TRANSPORT_NAMESPACES[0], role, version: '1.0' },
    textElement('Origin', origin),
    textElement('Response', response),
    textElement('TimeStamp', timeStamp),
    hasMeta ? element('Meta', {}, ...named, textElement('Result', result)) : undefined,
  );
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`);
}

function readRoot(bytes: Uint8Array): XmlElement {
  if (bytes.length > MAX_TRANSPORT_BYTES) throw notTransport(`it has ${bytes.length} bytes`);
  const root = readElement(bytes);
  if (root.name !== 'Transport') throw notTransport(`its root element is ${quoted(root.name)}`);
  if (TRANSPORT_NAMESPACES.includes(root.namespace)) return root;
  throw notTransport(`its namespace is ${quoted(root.namespace)}`);
}

function readElement(bytes: Uint8Array): XmlElement {
  try {
    return readXml(decodeXml(bytes), LIMITS);
  } catch (error) {
    throw notTransport(errorText(error), error);
  }
}

function readParam({ attributes }: XmlElement): TransportParam {
  return { name: attributes.get('name') ?? '', value: attributes.get('value') ?? '' };
}

/** How filters were written before the Recommendation: `<filter type="xpath">...</filter>`. */
function readOldFilter(filter: XmlElement): TransportParam[] {
  const value = textOf(filter);
  if (filter.attributes.get('type') !== 'xpath' || value === undefined) return [];
  return [{ name: 'xpath-filter', value }];
}

function notTransport(found: string, cause?: unknown): VtpError {
  return new VtpError('VTP_NOT_TRANSPORT', `this is no transport message: ${found}`, cause);
}
