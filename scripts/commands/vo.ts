// pyros vo: the VOEvents that the broker keeps, and what they mean.
import { readFileSync, writeFileSync } from 'node:fs';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { isoTime } from '../../src/clock/index.js';
import { EXIT_FAILURE } from '../../src/errors/index.js';
import { makeOwnEvent, type OwnEvent } from '../../src/observatory/index.js';
import {
  coneOf,
  type Endpoint,
  type EventQuery,
  eventFileName,
  type Role,
  type StoredEvent,
  sendVOEvent,
  writeWhole,
} from '../../src/voevent/index.js';
import { remoteEndpoint } from '../comet/endpoints.js';
import { CommandFailure } from '../errors.js';
import { isSystemError } from '../exit-code.js';
import { timeOfObservatory } from '../observatory-time.js';
import { jsonLine, printable, printJson, printTable, writeOutput } from '../output.js';
import { agentSource, type EventSource, folderSource, type ListedEvent } from '../vo/event-source.js';
import { explain } from '../vo/explanation.js';
import { paramNamed, roleNamed } from '../vo/own-event-options.js';
import { configOf, configuredCommand, countFrom } from './common.js';

interface Options extends Omit<OwnEvent, 'role' | 'params'> {
  param: string[];
  config?: string;
  eventdb?: string;
  json?: boolean;
  since?: Moment;
  until?: Moment;
  ivorn?: string;
  role?: Role;
  stream?: string;
  cone?: string;
  count?: number;
  to?: string;
  again?: boolean;
  output?: string;
  send?: boolean;
}

const NOTES = `
list      events, the newest first; search is the same, and looks through all
show      one event: its bytes, or with --json what is known of it; NAME is its number, its digest or its IVORN
export    events as files, into the folder --to
replay    events to --to: alert_manager, HOST:PORT of a broker, or a folder; the oldest first
explain   how the packet in the file NAME is read, what would be done with it, and why
make      an event of our own, which cites what it is about; --send sends it to [comet] publish

Times are UTC, such as 2026-06-01 or 2026-06-01T12:00:00Z, or ago: 90min, 2h, 3d.

Examples:
  pyros vo list -n 20
  pyros vo search --cone 83.6,22.0,5 --role observation --since 30d
  pyros vo replay --since 2h --to alert_manager
  pyros vo explain alert.xml
  pyros vo make --cite ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_1 --ra 10.1 --dec -5.2 --param mag=17.2,mag --send`;

const ACTIONS = ['list', 'search', 'show', 'export', 'replay', 'explain', 'make'] as const;
/** A time that may be meant from now back. */
type Moment = (nowMs: number) => number;
type ActionName = (typeof ACTIONS)[number];
const ALL = 1_000_000;

export function voCommand(): Command {
  const command = configuredCommand('vo')
    .description('List, search, show, replay, export, explain and make VOEvents.')
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument(
      '[file]',
      'the event: its number, digest or IVORN, or for explain a file (- for standard input)',
    )
    .option('--since <time>', 'received then or later', moment)
    .option('--until <time>', 'received before', moment)
    .option('--ivorn <text>', 'a part of the IVORN')
    .option('--role <role>', 'observation, prediction, utility or test', roleNamed)
    .option('--stream <ivorn>', 'a beginning of the IVORN')
    .option('--cone <ra,dec,radius>', 'a circle on the sky in degrees, which the error circle touches')
    .option('-n, --count <events>', 'at most so many', countFrom(1))
    .option('--to <place>', 'where to replay or export to', placeNamed)
    .option('--again', 'of replay: have the alert manager consider anew what it knows and did not follow')
    .option('--eventdb <path>', 'the events of a broker by itself (pyros comet), not those of the agent')
    .option('--json', 'print JSON');
  ownEventOptions(command);
  return command
    .addHelpText('after', NOTES)
    .action((action: ActionName, name: string | undefined, options: Options) => act(action, name, options));
}

function ownEventOptions(command: Command): void {
  const several = (text: string, before: string[]) => [...before, text];
  command
    .option('--id <text>', 'of an own event: the end of its IVORN (default: from the time)')
    .option('--cite <ivorn>', 'of an own event: what it is about; may be repeated', several, [])
    .option('--cite-as <relation>', 'followup, supersedes or retraction', citation, 'followup')
    .option('--ra <deg>', 'of an own event: right ascension', degrees(0, 360))
    .option('--dec <deg>', 'of an own event: declination', degrees(-90, 90))
    .option('--error <deg>', 'of an own event: radius of the error circle', degrees(0, 180))
    .option('--time <time>', 'of an own event: when it was seen, in UTC')
    .option(
      '--param <name=value>',
      'of an own event: a value, or NAME=VALUE,UNIT; may be repeated',
      several,
      [],
    )
    .option('--importance <number>', 'of an own event: from 0 to 1', degrees(0, 1))
    .option('--description <text>', 'of an own event: for people')
    .option('-o, --output <path>', 'of an own event: write it there')
    .option('--send', 'of an own event: send it to the brokers of [comet] publish');
}

async function act(action: ActionName, name: string | undefined, options: Options): Promise<void> {
  if (action === 'explain') return explainFile(needed(name), options);
  if (action === 'make') return make(options);
  const config = options.eventdb === undefined ? configOf(options) : undefined;
  const source = options.eventdb === undefined ? agentSource() : folderSource(options.eventdb);
  // A simulated night has its own time.
  const nowMs = config ? await timeOfObservatory(config) : Date.now();
  const query = queryOf(options, nowMs, action === 'list' ? 50 : ALL);
  try {
    if (action === 'show') await show(source, needed(name), options);
    else if (action === 'list' || action === 'search') await list(source, query, options);
    else await hand(source, action, query, options);
  } finally {
    await source.close();
  }
}

async function list(source: EventSource, query: EventQuery, options: Options): Promise<void> {
  const found: ListedEvent[] = [];
  for await (const event of source.list(query)) {
    if (options.json) await writeOutput(`${jsonLine(event)}\n`);
    else found.push(event);
  }
  if (!options.json) printTable(['NUMBER', 'RECEIVED', 'ROLE', 'RA', 'DEC', 'FROM', 'IVORN'], found.map(row));
}

function row({ arrival, receivedMs, role, position, from, ivorn }: ListedEvent) {
  const received = isoTime(receivedMs).slice(0, 19);
  return [arrival, received, role, position?.raDeg.toFixed(3), position?.decDeg.toFixed(3), from, ivorn];
}

async function show(source: EventSource, name: string, { json }: Options): Promise<void> {
  const { bytes, original, ...event } = await source.show(name);
  if (!json) process.stdout.write(bytes);
  else printJson({ ...event, text: Buffer.from(bytes).toString(), ...textOf(original) });
}

function textOf(original: Uint8Array | undefined) {
  return original ? { original: Buffer.from(original).toString() } : {};
}

/** Replays or exports, in order of arrival. */
async function hand(
  source: EventSource,
  action: ActionName,
  query: EventQuery,
  options: Options,
): Promise<void> {
  const to = options.to ?? (action === 'replay' ? 'alert_manager' : '.');
  const ids: string[] = [];
  for await (const { id } of source.list(query)) ids.push(id);
  let refused = 0;
  for (const id of ids.reverse()) {
    const refusal = await handOne(source, action, to, id, options.again);
    if (refusal === undefined) continue;
    refused += 1;
    console.error(printable(refusal));
  }
  console.log(`${ids.length - refused} of ${ids.length} events handed to ${printable(to)}`);
  if (refused > 0) process.exitCode = EXIT_FAILURE;
}

/** Hands one on. @returns why not, when it was refused */
async function handOne(
  source: EventSource,
  action: ActionName,
  to: string,
  id: string,
  again = false,
): Promise<string | undefined> {
  if (action === 'replay' && to === 'alert_manager') {
    await source.replay(id, again);
    return undefined;
  }
  const event = await source.show(id);
  const endpoint = action === 'replay' ? endpointOf(to) : undefined;
  if (!endpoint) await writeWhole(to, eventFileName(event), event.bytes);
  return endpoint && sendTo(endpoint, event);
}

async function sendTo(endpoint: Endpoint, { bytes, ivorn }: Pick<StoredEvent, 'bytes' | 'ivorn'>) {
  const answer = await sendVOEvent(endpoint, bytes);
  return answer.accepted
    ? undefined
    : `${endpoint.host}:${endpoint.port} refuses ${ivorn}: ${answer.reason ?? 'no reason'}`;
}

/** `HOST:PORT`; anything else is a folder. */
function endpointOf(text: string): Endpoint | undefined {
  return /^[^/\s]+:\d+$/.test(text) ? remoteEndpoint(text, 0) : undefined;
}

function placeNamed(text: string): string {
  endpointOf(text);
  return text;
}

async function explainFile(file: string, options: Options): Promise<void> {
  const config = configOf(options);
  const explanation = explain(config, readInput(file), await timeOfObservatory(config));
  const { lines, ...all } = explanation;
  if (options.json) printJson(all);
  else for (const line of lines) console.log(printable(line));
}

async function make(options: Options): Promise<void> {
  const config = configOf(options);
  const author = {
    name: config.observatory.name,
    localIvorn: config.settings('voevent_broker').localIvorn,
  };
  const role = options.role ?? 'observation';
  const bytes = makeOwnEvent(author, { ...options, role, params: options.param.map(paramNamed) }, Date.now());
  if (options.output !== undefined) writeFileSync(options.output, bytes);
  else if (!options.send) process.stdout.write(bytes);
  if (!options.send) return;
  const ivorn = /ivorn="([^"]*)"/.exec(bytes.toString())?.[1] ?? '';
  if (config.comet.publish.length === 0)
    throw new CommandFailure('USAGE', `${config.file} has no [comet] publish: there is nobody to send it to`);
  for (const endpoint of config.comet.publish) {
    const refusal = await sendTo(endpoint, { bytes, ivorn });
    if (refusal === undefined) console.log(`accepted by ${endpoint.host}:${endpoint.port}: ${ivorn}`);
    else {
      console.error(printable(refusal));
      process.exitCode = EXIT_FAILURE;
    }
  }
}

function queryOf(
  { since, until, ivorn, role, stream, cone, count }: Options,
  nowMs: number,
  limit: number,
): EventQuery {
  return {
    sinceMs: since?.(nowMs),
    untilMs: until?.(nowMs),
    ivorn,
    role,
    stream,
    cone: cone === undefined ? undefined : coneOf(cone),
    limit: count ?? limit,
  };
}

/** @throws CommandFailure `NO_INPUT` */
function readInput(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandFailure('NO_INPUT', `cannot read ${file}: ${error.code}`, error);
  }
}

function needed(name: string | undefined): string {
  if (name === undefined)
    throw new CommandFailure('USAGE', 'say which event: its number, digest or IVORN, or a file');
  return name;
}

const AGO = { s: 1e3, min: 60e3, h: 3_600e3, d: 86_400e3 };

/** A time in UTC, or how long ago. */
function moment(text: string): Moment {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|min|h|d)$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined)
    return (nowMs) => nowMs - Number(amount) * AGO[unit as keyof typeof AGO];
  const isUtc = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(text);
  const time = isUtc ? Date.parse(text.length > 10 && !text.endsWith('Z') ? `${text}Z` : text) : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('expected a time in UTC such as 2026-06-01T12:00:00Z, or 2h');
  return () => time;
}

function degrees(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
    return value;
  };
}

function citation(text: string): OwnEvent['citeAs'] {
  if (text === 'followup' || text === 'supersedes' || text === 'retraction') return text;
  throw new InvalidArgumentError('expected followup, supersedes or retraction');
}
