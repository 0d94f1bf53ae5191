// pyros comet: a VOEvent broker by itself, with the command line of Comet.
import { createWriteStream, rmSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { RealClock } from '../../src/clock/index.js';
import { EXIT_FAILURE } from '../../src/errors/index.js';
import { createLogger, type LogLevel } from '../../src/log/index.js';
import { Broker, type BrokerSettings, type Endpoint, ivornFault } from '../../src/voevent/index.js';
import { listeningEndpoint, network, remoteEndpoint } from '../comet/endpoints.js';
import { defaultEventDirectory, openEventDatabase } from '../comet/event-database.js';
import { foreignVariables, refuseForeignOptions } from '../comet/foreign-options.js';
import { CommandFailure } from '../errors.js';
import { interruption, pause } from '../interruption.js';
import { countFrom, portNumber, seconds, secondsOrNone } from './common.js';

const AUTHOR_PORT = 8098;
const SUBSCRIBER_PORT = 8099;
const DAY_MS = 86_400_000;

interface Options {
  localIvo?: string;
  receive?: (Endpoint | true)[];
  receivePort?: number;
  receiveWhitelist?: string[];
  authorWhitelist?: string[];
  broadcast?: (Endpoint | true)[];
  broadcastPort?: number;
  broadcastWhitelist?: string[];
  subscriberWhitelist?: string[];
  broadcastTestInterval: number;
  subscribe?: Endpoint[];
  remote?: Endpoint[];
  filter?: string[];
  cmd?: string[];
  cmdLimit: number;
  cmdTimeout: number;
  printEvent?: boolean;
  saveEvent?: boolean;
  saveEventDirectory: string;
  eventdb: string;
  keepDays?: number;
  verbose: number;
  quiet: number;
  pidfile?: string;
  logfile?: string;
}

const NOTES = `
An endpoint is PORT, ADDRESS:PORT, tcp:PORT, tcp6:PORT or tcp:PORT:interface=ADDRESS.

Example:
  pyros comet --receive --broadcast --save-event --save-event-directory=/data/voevents --remote=voevent.example.org \\
    --local-ivo=ivo://org.example/broker`;

export function cometCommand(): Command {
  const command = new Command('comet').description(
    'Run a VOEvent broker by itself, with the options of Comet; Ctrl-C stops it.',
  );
  networkOptions(command);
  handlerOptions(command);
  refuseForeignOptions(command);
  return command
    .option('--eventdb <path>', 'folder of the events', defaultEventDirectory())
    .option('--keep-days <days>', 'clear older events away; they are recognised all the same', countFrom(1))
    .option('-v, --verbose', 'log more; twice for all', increased, 0)
    .option('-q, --quiet', 'log warnings only', increased, 0)
    .option('-n, --nodaemon', 'stay in the foreground, as it always does')
    .option('--pidfile <path>', 'write the number of the process there')
    .option('-l, --logfile <path>', 'write the log there, and not on standard error; - for standard output')
    .addHelpText('after', NOTES)
    .action(run);
}

function networkOptions(command: Command): void {
  const receiving = (text: string, before: unknown) => added(listeningEndpoint(text, AUTHOR_PORT), before);
  const sending = (text: string, before: unknown) => added(listeningEndpoint(text, SUBSCRIBER_PORT), before);
  const following = (text: string, before: unknown) => added(remoteEndpoint(text, SUBSCRIBER_PORT), before);
  command
    .option('--local-ivo <ivorn>', 'IVORN of this broker, such as ivo://org.example/broker', ivoid)
    .option('-r, --receive [endpoint]', `take events from authors (default: port ${AUTHOR_PORT})`, receiving)
    .option('--receive-port <port>', 'port for authors', portNumber)
    .option('--receive-whitelist <networks...>', 'who may send events (default: all)', networks)
    .option('--author-whitelist <networks...>', 'the same', networks)
    .option(
      '-b, --broadcast [endpoint]',
      `send events to subscribers (default: port ${SUBSCRIBER_PORT})`,
      sending,
    )
    .option('--broadcast-port <port>', 'port for subscribers', portNumber)
    .option('--broadcast-whitelist <networks...>', 'who may subscribe (default: all)', networks)
    .option('--subscriber-whitelist <networks...>', 'the same', networks)
    .option(
      '--broadcast-test-interval <seconds>',
      'send subscribers an event of role test so often; 0 for never',
      secondsOrNone,
      3600,
    )
    .option('--subscribe <endpoint>', 'follow a remote broker; may be repeated', following)
    .option('--remote <host:port>', 'the same', following)
    .option('--filter <xpath>', 'have remote brokers send only what passes; may be repeated', added);
}

function handlerOptions(command: Command): void {
  command
    .option(
      '--cmd <path>',
      'run a program for each event, which is its standard input; may be repeated',
      added,
    )
    .option('--cmd-limit <count>', 'how many of each run at once', countFrom(1), 4)
    .option('--cmd-timeout <seconds>', 'a run that takes longer is killed', seconds, 60)
    .option('--print-event', 'print every event')
    .option('--save-event', 'save every event as a file')
    .option('--save-event-directory <path>', 'where', '.');
}

async function run(options: Options): Promise<void> {
  const settings = settingsOf(options);
  const isIdle = [settings.receive, settings.broadcast, settings.remotes].every((one) => one?.length === 0);
  if (isIdle) {
    console.error('pyros: nothing to do; give --receive, --broadcast or --remote');
    process.exitCode = EXIT_FAILURE;
    return;
  }
  const stop = interruption();
  outliveReaders();
  const log = createLogger({ agent: 'comet', level: levelOf(options), console: logOutput(options) });
  const unheard = foreignVariables(process.env);
  if (unheard !== undefined) log.warn(unheard);
  const database = openEventDatabase(options.eventdb);
  const broker = new Broker(settings, { store: database.store, clock: new RealClock(), log });
  try {
    await broker.start();
    if (options.pidfile !== undefined) writeFileSync(options.pidfile, `${process.pid}\n`);
    log.info('the broker runs', { ...broker.ports, eventdb: options.eventdb });
    while (!stop.aborted) await pause(DAY_MS, stop);
    await broker.close();
  } finally {
    await database.close();
    if (options.pidfile !== undefined) rmSync(options.pidfile, { force: true });
  }
}

function settingsOf(options: Options): Partial<BrokerSettings> {
  const receive = endpoints(options.receive, options.receivePort, AUTHOR_PORT);
  const broadcast = endpoints(options.broadcast, options.broadcastPort, SUBSCRIBER_PORT);
  if (receive.length + broadcast.length > 0 && options.localIvo === undefined)
    throw new CommandFailure('USAGE', '--local-ivo is needed with --receive and --broadcast');
  return {
    ...(options.localIvo !== undefined && { localIvorn: options.localIvo }),
    receive,
    receiveAllow: [...(options.receiveWhitelist ?? []), ...(options.authorWhitelist ?? [])],
    broadcast,
    broadcastAllow: [...(options.broadcastWhitelist ?? []), ...(options.subscriberWhitelist ?? [])],
    broadcastTestMs: options.broadcastTestInterval * 1000,
    remotes: [...(options.subscribe ?? []), ...(options.remote ?? [])],
    xpath: options.filter ?? [],
    commands: options.cmd ?? [],
    commandLimit: options.cmdLimit,
    commandTimeoutMs: options.cmdTimeout * 1000,
    print: options.printEvent ?? false,
    saveDirectory: options.saveEvent ? options.saveEventDirectory : undefined,
    retention: { maxAgeMs: options.keepDays === undefined ? undefined : options.keepDays * DAY_MS },
  };
}

/** Those that are given; with a port of its own the first of them has that. */
function endpoints(
  given: (Endpoint | true)[] | true = [],
  port: number | undefined,
  defaultPort: number,
): Endpoint[] {
  const all = given === true ? [true as const] : [given].flat();
  return all.map((one) => {
    const { host, port: own } = one === true ? { host: '0.0.0.0', port: port ?? defaultPort } : one;
    return { host, port: own };
  });
}

/** Where lines of the log go. A file that cannot be written ends the command: its user would look there. */
function logOutput({ logfile }: Options): NodeJS.WritableStream {
  if (logfile === undefined) return process.stderr;
  return logfile === '-' ? process.stdout : createWriteStream(logfile, { flags: 'a' });
}

/** Who reads what is printed may leave: that is a failure of --print-event, not the end of the broker. */
function outliveReaders(): void {
  process.stdout.removeAllListeners('error').on('error', () => undefined);
}

function levelOf({ verbose, quiet }: Options): LogLevel {
  if (quiet > 0) return 'warn';
  return verbose > 1 ? 'debug' : 'info';
}

function ivoid(text: string): string {
  const fault = ivornFault(text.includes('#') ? text : `${text}#x`);
  if (fault !== undefined)
    throw new InvalidArgumentError(`expected an IVORN such as ivo://org.example/broker`);
  return text;
}

/** commander gives what was there before: nothing, or `true` of an option without its value. */
function added<T>(value: T, before: unknown): T[] {
  return [...(Array.isArray(before) ? before : []), value];
}

function networks(text: string, before: unknown): string[] {
  return added(network(text), before);
}

function increased(_: string, before: number): number {
  return before + 1;
}
