// What a call may say: checked when it is made, for a worker would only find out an hour later.
import { constants } from 'node:os';
import { isQueueName, isTaskPattern } from '../config/index.js';
import { isSignature } from './canvas/signature-data.js';
import { CeleryError } from './errors.js';
import { WRITABLE_SERIALIZER_NAMES } from './serialization/index.js';
import { isPlainObject } from './serialization/plain-data.js';
import type { CallOptions } from './task.js';

const HIGHEST_PRIORITY = 9;
const LONGEST_ID = 255;
/** Messages write years of four digits: times end with the year 9999. */
const LAST_MS = 253_402_300_799_999;
/** Some 3000 years ahead, and 30 back: what is overdue is due at once. */
const LONGEST_S = 1e11;
const LONGEST_AGO_S = 1e9;
/** Some 115 days. */
export const LONGEST_LIMIT_S = 10_000_000;
/** What the caller's own headers take, written as JSON. */
const HEADERS_LIMIT = 64 * 1024;

type Rule = readonly [isRight: (value: unknown) => boolean, expected: string];

const SECONDS: Rule = [isSeconds, `a number of seconds up to ${LONGEST_S}`];
const LIMIT: Rule = [isLimit, `a number of seconds up to ${LONGEST_LIMIT_S}, 0 for no limit`];
const COUNT: Rule = [(value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a whole number from 0'];
const TEXT: Rule = [(value) => isText(value, 0), `a text of at most ${LONGEST_ID} characters`];
const ID: Rule = [isTaskId, `a text of 1 to ${LONGEST_ID} characters`];
const FLAG: Rule = [(value) => typeof value === 'boolean', 'true or false'];
const SIGNATURES: Rule = [
  (value) => (Array.isArray(value) ? value.every(isSignature) : isSignature(value)),
  'a signature or a list of them',
];

const RULES: Readonly<Record<keyof CallOptions, Rule>> = {
  countdown: SECONDS,
  eta: [isDate, 'a valid Date from 1970 to 9999'],
  expires: [
    (value) => isSeconds(value) || isDate(value),
    'a number of seconds, or a valid Date from 1970 to 9999',
  ],
  queue: [(value) => typeof value === 'string' && isQueueName(value), 'letters, digits, _ . @ : -'],
  priority: [isPriority, `a whole number from 0 to ${HIGHEST_PRIORITY}`],
  taskId: ID,
  retry: FLAG,
  link: SIGNATURES,
  linkError: SIGNATURES,
  headers: [
    isHeaders,
    `a plain object of texts, numbers, lists and such, up to ${HEADERS_LIMIT} bytes as JSON`,
  ],
  serializer: [
    (value) => (WRITABLE_SERIALIZER_NAMES as readonly unknown[]).includes(value),
    WRITABLE_SERIALIZER_NAMES.join(', '),
  ],
  ignoreResult: FLAG,
  timeLimit: LIMIT,
  softTimeLimit: LIMIT,
  shadow: TEXT,
  replyTo: TEXT,
  rootId: ID,
  parentId: ID,
  groupId: ID,
  groupIndex: COUNT,
  chain: [(value) => Array.isArray(value) && value.every(isSignature), 'a list of signatures'],
  chord: [isSignature, 'a signature'],
  retries: COUNT,
};

/** @throws CeleryError `INVALID_TASK`, which says what is expected */
export function checkCall(name: string, args: unknown, kwargs: unknown, options: CallOptions): void {
  if (!isTaskName(name)) throw wrong('the name of a task', name, 'such as app.module.task');
  if (!Array.isArray(args)) throw wrong(`args of ${name}`, args, 'a list');
  if (!isRecord(kwargs)) throw wrong(`kwargs of ${name}`, kwargs, 'a plain object of named arguments');
  if (!isRecord(options)) throw wrong(`the options of a call of ${name}`, options, 'an object');
  checkOptions(name, options);
}

/** @throws CeleryError `INVALID_TASK`, which says what is expected */
export function checkOptions(name: string, options: CallOptions): void {
  for (const option in options) {
    const value = options[option as keyof CallOptions];
    if (value === undefined) continue;
    const rule = Object.hasOwn(RULES, option) ? RULES[option as keyof CallOptions] : undefined;
    if (!rule) throw unknownOption(name, option);
    if (!rule[0](value)) throw wrong(`${option} of ${name}`, value, rule[1]);
  }
}

/** Whether a value can be the id of a call. */
export function isTaskId(value: unknown): value is string {
  return isText(value, 1);
}

/** Of `updateState`. @throws CeleryError `INVALID_TASK` */
export function checkState(state: unknown, id: unknown): void {
  if (!isText(state, 1)) throw wrong('the state of a task', state, ID[1]);
  if (!isTaskId(id)) throw wrong('taskId of a state', id, ID[1]);
}

/** Whether a text can name one task. */
export function isTaskName(name: unknown): name is string {
  return typeof name === 'string' && isTaskPattern(name) && !/[*?]/.test(name);
}

/** `TERM` and `SIGTERM` are one; `undefined` for what is no signal of this system. */
export function signalOf(name: unknown): NodeJS.Signals | undefined {
  if (typeof name !== 'string') return undefined;
  const upper = name.toUpperCase();
  const full = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return Object.hasOwn(constants.signals, full) ? (full as NodeJS.Signals) : undefined;
}

/** @throws CeleryError `INVALID_TASK` */
export function checkSignal(name: unknown): NodeJS.Signals {
  const signal = signalOf(name);
  if (signal) return signal;
  throw wrong('the signal', name, 'one such as SIGTERM, SIGINT or SIGKILL');
}

function unknownOption(name: string, option: string): CeleryError {
  const camel = option.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const hint = Object.hasOwn(RULES, camel) ? `it is called ${camel} here` : Object.keys(RULES).join(', ');
  return new CeleryError('INVALID_TASK', `a call of ${name} has no option ${option}: ${hint}`);
}

function wrong(what: string, value: unknown, expected: string): CeleryError {
  return new CeleryError('INVALID_TASK', `${what} is ${shown(value)}: expected ${expected}`);
}

/** A value on one line, and cut: it may be anything. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? 'a list' : String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= -LONGEST_AGO_S && value <= LONGEST_S;
}

/** Whether a value can be a time limit, in seconds; 0 for none. */
export function isLimit(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LONGEST_LIMIT_S;
}

function isDate(value: unknown): boolean {
  return value instanceof Date && value.getTime() >= 0 && value.getTime() <= LAST_MS;
}

function isPriority(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= HIGHEST_PRIORITY;
}

function isText(value: unknown, least: number): boolean {
  return typeof value === 'string' && value.length >= least && value.length <= LONGEST_ID;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && isPlainObject(value);
}

/** Headers go with the message whatever its serializer: they are what JSON can say. */
function isHeaders(value: unknown): boolean {
  if (!isRecord(value)) return false;
  try {
    return JSON.stringify(value, refuse).length <= HEADERS_LIMIT;
  } catch {
    return false;
  }
}

function refuse(_key: string, value: unknown): unknown {
  const isPlain = typeof value !== 'object' || value === null || Array.isArray(value) || isRecord(value);
  if (!isPlain || typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    throw new TypeError('it is no plain data');
  return value;
}
