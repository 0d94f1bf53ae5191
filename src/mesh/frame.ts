// Frames of the mesh: a header line of message and fields, optionally followed by a counted payload.
//
//   message TAB key=value TAB ... LF [ payload LF ]
//
// The same grammar goes both ways; OK, ERROR and PROGRESS are the messages of answers.
import { pack, unpack } from 'msgpackr';
import { errorText, shorten } from '../errors/index.js';
import { MeshError } from './errors.js';

/** Messages of answers. */
export const ANSWER_OK = 'OK';
export const ANSWER_ERROR = 'ERROR';
export const ANSWER_PROGRESS = 'PROGRESS';

/** A frame as it was read. */
export interface Frame {
  /** Key in `actionsByMessage`, or the kind of an answer. */
  message: string;
  /** The sender's id of this frame: its number if it is one that is written in the usual way, else its text. */
  id: FrameId | undefined;
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
  /** Payload that was read already: a short text. */
  content: string | undefined;
}

/** What tells the frames of a connection apart. */
export type FrameId = string | number;

/** A frame of which nothing but the message is known. */
export function newFrame(message: string): Frame {
  return {
    message,
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
    content: undefined,
  };
}

/**
 * Reads a header line (without its line end).
 * @throws MeshError `BAD_FRAME`
 */
export function parseHeader(header: string): Frame {
  let tab = header.indexOf('\t');
  const frame = newFrame(tab === -1 ? header : header.slice(0, tab));
  if (frame.message === '') throw badFrame('a header must begin with its message');
  while (tab !== -1) {
    const start = tab + 1;
    if (frame.code !== undefined && frame.message === ANSWER_ERROR) {
      // All behind the code is its text, whatever it looks like.
      frame.text = header.slice(start);
      break;
    }
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
    frame.id = frameId(field.slice(3));
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

/** An id as it is kept: written again, it is the same text. */
function frameId(text: string): FrameId {
  const number = digits(text, 0, text.length);
  return number !== undefined && String(number) === text ? number : text;
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
function digits(text: string, start: number, end: number): number | undefined {
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
  if (frame.content !== undefined) return frame.content;
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

/** A frame to send: its header, and its payload without the closing line end. */
export interface EncodedFrame {
  header: string;
  payload: Uint8Array | undefined;
}

/**
 * Writes a frame whose payload is MessagePack.
 * @param fields - begins with a tab or is empty
 */
export function encodeFrame(message: string, fields: string, data: unknown): EncodedFrame {
  if (data === undefined) return { header: `${message}${fields}\n`, payload: undefined };
  const payload = pack(data);
  return { header: `${message}${fields}\tbytes=${payload.length}\n`, payload };
}

/** A frame that is a header line only. */
export function textFrame(header: string): EncodedFrame {
  return { header, payload: undefined };
}

/** Writes a frame whose payload is JSON in the header line, for people. */
export function encodeTextFrame(message: string, fields: string, data: unknown): string {
  if (data === undefined) return `${message}${fields}\n`;
  const json = JSON.stringify(typeof data === 'object' && data !== null ? data : [data]);
  return `${message}${fields}\t${json}\n`;
}

/** What frames are written to. */
export interface FrameSink {
  send(piece: string | Uint8Array): unknown;
}

/** Writes a frame to a connection. */
export function sendFrame(sink: FrameSink, { header, payload }: EncodedFrame): void {
  sink.send(header);
  if (payload === undefined) return;
  sink.send(payload);
  sink.send('\n');
}

/** Longest code of an error, in characters, which are ASCII. */
const LONGEST_CODE = 64;

/** An error as it is told to a peer: an action's own words may be of any length. */
export function errorWords(code: string, text: string, headerLimit: number): { code: string; text: string } {
  // Half of a header is left to the id and to whoever passes the text on with some words of its own.
  return { code: cutText(oneLine(code), LONGEST_CODE), text: cutText(oneLine(text), headerLimit / 2) };
}

/** Writes an `ERROR` answer, with the words cut so that it is well within the limit of a header. */
export function encodeError(idField: string, code: string, text: string, headerLimit: number): string {
  const words = errorWords(code, text, headerLimit);
  return `${ANSWER_ERROR}${idField}\tcode=${words.code}\t${words.text}\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ');
}

/** What the end of a text that was cut is marked by. */
const CUT = '…';
const CUT_BYTES = Buffer.byteLength(CUT);
const utf8 = new TextEncoder();

/** A text of at most so many bytes of UTF-8, of whole characters. */
function cutText(text: string, limitBytes: number): string {
  if (text.length * 3 <= limitBytes || Buffer.byteLength(text) <= limitBytes) return text;
  const room = new Uint8Array(limitBytes - CUT_BYTES);
  return text.slice(0, utf8.encodeInto(text, room).read) + CUT;
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
