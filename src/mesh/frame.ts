// Frames of the mesh: a header line of message and fields, optionally followed by a counted payload.
//
//   message TAB key=value TAB ... LF [ payload LF ]
//
// The same grammar goes both ways; OK, ERROR and PROGRESS are the messages of answers.
import { pack, unpack } from 'msgpackr';
import { errorText } from '../errors/index.js';
import { MeshError } from './errors.js';

/** Messages of answers. */
export const ANSWER_OK = 'OK';
export const ANSWER_ERROR = 'ERROR';
export const ANSWER_PROGRESS = 'PROGRESS';

/** A frame as it was read. */
export interface Frame {
  /** Key in `actionsByMessage`, or the kind of an answer. */
  message: string;
  /** The sender's id of this frame, verbatim. */
  id: string | undefined;
  /** Name of the sending agent. */
  from: string | undefined;
  /** Length of the payload that follows, in bytes. */
  bytes: number;
  /** For how many ms from its arrival the sender waits for the answer. */
  deadline: number | undefined;
  /** Place of a posted message in its sender's outbox: `<outbox>.<number>`. */
  seq: string | undefined;
  /** Number of the posted message before it, when that is not the one just below. */
  after: number | undefined;
  /** The sender's word that its messages up to this number were handled or given up. */
  settled: number | undefined;
  /** Posted before, and perhaps handled already. */
  again: boolean;
  /** Of an `ERROR`: its code and text. */
  code: string | undefined;
  text: string | undefined;
  /** Payload given inline, as JSON text. */
  json: string | undefined;
  /** Payload in MessagePack. */
  payload: Uint8Array | undefined;
}

/**
 * Reads a header line (without its line end).
 * @throws MeshError `BAD_FRAME`
 */
export function parseHeader(header: string): Frame {
  let tab = header.indexOf('\t');
  const frame: Frame = {
    message: tab === -1 ? header : header.slice(0, tab),
    id: undefined,
    from: undefined,
    bytes: -1,
    deadline: undefined,
    seq: undefined,
    after: undefined,
    settled: undefined,
    again: false,
    code: undefined,
    text: undefined,
    json: undefined,
    payload: undefined,
  };
  if (frame.message === '') throw badFrame('a header must begin with its message');
  while (tab !== -1) {
    const start = tab + 1;
    const first = header.charCodeAt(start);
    if (first === 0x7b || first === 0x5b) {
      frame.json = header.slice(start);
      break;
    }
    tab = header.indexOf('\t', start);
    const field = tab === -1 ? header.slice(start) : header.slice(start, tab);
    if (!setField(frame, field)) {
      if (frame.message !== ANSWER_ERROR) {
        throw badFrame(
          `"${shorten(field)}" is no field: expected key=value, or JSON that begins with { or [`,
        );
      }
      frame.text = header.slice(start);
      break;
    }
  }
  return frame;
}

/** Sets one `key=value`. Keys that this version does not know are passed over. */
function setField(frame: Frame, field: string): boolean {
  // The two of every frame first.
  if (field.startsWith('id=')) {
    frame.id = field.slice(3);
    return true;
  }
  if (field.startsWith('bytes=')) {
    frame.bytes = wholeNumber('bytes', field.slice(6));
    return true;
  }
  const equals = field.indexOf('=');
  if (equals <= 0) return false;
  const key = field.slice(0, equals);
  const value = field.slice(equals + 1);
  if (key === 'from' || key === 'seq' || key === 'code') frame[key] = value;
  else if (key === 'deadline' || key === 'after' || key === 'settled') frame[key] = wholeNumber(key, value);
  else if (key === 'again') frame.again = value === '1';
  // The text of an error may hold an equals sign; a key of a field holds no space.
  else return !(frame.message === ANSWER_ERROR && key.includes(' '));
  return true;
}

const ZERO = 0x30;
/** Numbers of more digits are not told apart any more. */
const MOST_DIGITS = 15;

function wholeNumber(key: string, value: string): number {
  const number = digits(value, 0, value.length);
  if (number === undefined) throw badFrame(`${key}=${shorten(value)} is no whole number`);
  return number;
}

/** The number whose decimal digits stand from `start` to `end`, or `undefined` when other characters do. */
export function digits(text: string, start: number, end: number): number | undefined {
  if (end <= start || end - start > MOST_DIGITS) return undefined;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/**
 * The payload of a frame as plain data, or `undefined` when it has none.
 * @throws MeshError `BAD_PAYLOAD`
 */
export function frameData(frame: Frame): unknown {
  try {
    if (frame.payload) return unpack(frame.payload);
    if (frame.json !== undefined) return JSON.parse(frame.json);
    return undefined;
  } catch (error) {
    const kind = frame.payload ? 'MessagePack' : 'JSON';
    throw new MeshError(
      'BAD_PAYLOAD',
      `the payload of ${frame.message} is no ${kind}: ${errorText(error)}`,
      error,
    );
  }
}

/** A frame to send: its header, and its payload with the closing line end. */
export interface EncodedFrame {
  header: string;
  /** The header is plain ASCII. */
  ascii: boolean;
  /** A text has one character for each byte. */
  payload: Uint8Array | string | undefined;
}

/**
 * Writes a frame whose payload is MessagePack.
 * @param fields - begins with a tab or is empty
 * @param ascii - whether message and fields are plain ASCII: looked at piece by piece it costs less than of the whole
 */
export function encodeFrame(message: string, fields: string, data: unknown, ascii: boolean): EncodedFrame {
  if (data === undefined) return { header: `${message}${fields}\n`, ascii, payload: undefined };
  const payload = (typeof data === 'string' && packShortText(data)) || pack(data);
  return { header: `${message}${fields}\tbytes=${payload.length}\n`, ascii, payload };
}

/** Longest text of MessagePack's `fixstr` and `str 8`. */
const FIXSTR_LENGTH = 31;
const STR8_LENGTH = 255;

/** MessagePack of a short ASCII text, a character for each byte: most payloads that are not objects are such. */
function packShortText(text: string): string | undefined {
  if (text.length > STR8_LENGTH || !isAscii(text)) return undefined;
  if (text.length <= FIXSTR_LENGTH) return String.fromCharCode(0xa0 | text.length) + text;
  return `\xd9${String.fromCharCode(text.length)}${text}`;
}

/** A frame that is a header line only. */
export function textFrame(header: string): EncodedFrame {
  return { header, ascii: isAscii(header), payload: undefined };
}

/** Writes a frame whose payload is JSON in the header line, for people. */
export function encodeTextFrame(message: string, fields: string, data: unknown): string {
  if (data === undefined) return `${message}${fields}\n`;
  const json = JSON.stringify(typeof data === 'object' && data !== null ? data : [data]);
  return `${message}${fields}\t${json}\n`;
}

/** Payloads up to this size are joined with their header to one text. */
const SMALL_PAYLOAD_BYTES = 4096;

/** What frames are written to. */
export interface FrameSink {
  send(piece: string | Uint8Array): unknown;
  sendLatin1(text: string): unknown;
}

/** Writes a frame to a connection, the way that is cheapest for its size. */
export function sendFrame(sink: FrameSink, { header, ascii, payload }: EncodedFrame): void {
  if (ascii && payload === undefined) sink.sendLatin1(header);
  else if (ascii && typeof payload === 'string') sink.sendLatin1(`${header}${payload}\n`);
  else if (ascii && typeof payload === 'object' && payload.length <= SMALL_PAYLOAD_BYTES) {
    sink.sendLatin1(`${header}${latin1(payload)}\n`);
  } else {
    sink.send(header);
    if (payload === undefined) return;
    sink.send(typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload);
    sink.send('\n');
  }
}

/** Bytes as a text with one character each. */
function latin1(bytes: Uint8Array): string {
  return (
    Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  ).toString('latin1');
}

/** Whether a text is plain ASCII. */
export function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it asks for anything beyond ASCII
  return /^[\x00-\x7f]*$/.test(text);
}

/** Writes an `ERROR` answer. */
export function encodeError(idField: string, code: string, text: string): string {
  return `${ANSWER_ERROR}${idField}\tcode=${code}\t${text.replace(/[\t\r\n]+/g, ' ')}\n`;
}

/** Fails when a text cannot stand in a header. */
export function checkHeaderText(what: string, value: string): void {
  if (value === '' || /[\t\r\n]/.test(value)) {
    throw new MeshError(
      'BAD_FRAME',
      `${what} ${JSON.stringify(value)} must not be empty, nor hold a tab or line end`,
    );
  }
}

/** The error for bytes that are against the grammar. */
export function badFrame(text: string): MeshError {
  return new MeshError('BAD_FRAME', text);
}

/** A stranger's text, cut for a message. */
export function shorten(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
