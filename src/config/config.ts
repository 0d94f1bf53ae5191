// The observatory's configuration: pyros_agent_config.ini, read and checked once.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import {
  CELERY_KEYS,
  CELERY_SECTIONS,
  type CelerySettings,
  celeryKey,
  isQueueName,
  isTaskPattern,
  readWorker,
} from './celery.js';
import { driverMistakes } from './drivers.js';
import { ConfigError, type ConfigMistake } from './errors.js';
import { type IniFile, parseIni, readIniFile } from './ini-file.js';
import { allowedSenders, isSendersKey, strangerIn } from './message-senders.js';
import { packageRoot } from './package-root.js';
import {
  AGENT_KEYS,
  AGENT_NAMES,
  AGENT_SECTIONS,
  type AgentName,
  FOREIGN_AGENT_KEYS,
  GENERAL_SECTIONS,
  type SectionSchema,
  STRATEGY_KEYS,
  type Values,
} from './schema.js';
import { atFolder, securityMistakes } from './security.js';

/** Name of the configuration file. */
export const CONFIG_FILE_NAME = 'pyros_agent_config.ini';

/** Agents that need Celery: with one of them its settings have their defaults. */
const CELERY_AGENTS: readonly AgentName[] = ['majordome', 'task_broker'];

/** Environment variable that names another configuration file. */
export const CONFIG_FILE_VARIABLE = 'PYROS_AGENT_CONFIG';

/** Where an agent is, and for one that does not come with PyROS, what it is. */
export interface AgentEntry extends Values<typeof AGENT_KEYS> {
  readonly name: string;
  /** Module of an agent of the user's own; absolute. */
  readonly application?: string;
  /** Who may send a message, by the message as {@link messageKey}; messages that are not listed all may send. */
  readonly senders: ReadonlyMap<string, readonly string[]>;
}

/** How one kind of alert is observed. */
export interface StrategyEntry extends Values<typeof STRATEGY_KEYS> {
  readonly name: string;
}

type General = { readonly [S in keyof typeof GENERAL_SECTIONS]: Values<(typeof GENERAL_SECTIONS)[S]> };

/** The whole configuration. */
export interface Config extends General {
  /** The file, absolute. */
  readonly file: string;
  /** The data directory, absolute. */
  readonly dataDirectory: string;
  /** All agents, in the order of the file. */
  readonly agents: ReadonlyMap<string, AgentEntry>;
  readonly strategies: readonly StrategyEntry[];
  /** Celery's settings; without a section [celery] there is no Celery. */
  readonly celery: CelerySettings | undefined;
  /** The keys that only this agent has, from the file or by default. */
  settings<A extends AgentName>(agent: A): Values<(typeof AGENT_SECTIONS)[A]>;
}

/** The file that {@link loadConfig} reads when none is named. */
export function defaultConfigFile(): string {
  const named = process.env[CONFIG_FILE_VARIABLE];
  if (named) return resolve(named);
  const here = resolve(CONFIG_FILE_NAME);
  return existsSync(here) ? here : join(packageRoot, CONFIG_FILE_NAME);
}

/**
 * Reads and checks a configuration file.
 * @param file - by default {@link defaultConfigFile}
 * @throws ConfigError with all mistakes of the file
 */
export function loadConfig(file = defaultConfigFile()): Config {
  return checkConfig(readIniFile(resolve(file)));
}

/** As {@link loadConfig}, of a text; `file` is used for messages and relative paths. */
export function parseConfig(content: string, file = CONFIG_FILE_NAME): Config {
  return checkConfig(parseIni(resolve(file), content));
}

function checkConfig(ini: IniFile): Config {
  const reader = new Reader(ini);
  const general = reader.general();
  const agents = reader.agents();
  const settings = reader.settings();
  const strategies = reader.strategies();
  const celery = reader.celery();
  reader.checkPorts(agents, settings, general.comet);
  reader.checkEventLimit(general.mesh, settings);
  reader.checkSenders(agents);
  reader.checkSecurity(general.security);
  reader.checkDrivers(general.clock, settings);
  reader.checkStrategies(strategies);
  if (reader.mistakes.length > 0) throw ConfigError.of(ini.file, reader.mistakes);
  return {
    ...general,
    security: atFolder(dirname(ini.file), general.security),
    file: ini.file,
    dataDirectory: resolve(dirname(ini.file), general.data.directory),
    agents,
    strategies,
    celery,
    settings: <A extends AgentName>(agent: A) => settings[agent] as Values<(typeof AGENT_SECTIONS)[A]>,
  };
}

/** What stands beside a VOEvent in the message that hands it on. */
const EVENT_ENVELOPE_BYTES = 4096;
/** They stand for every address of a host. */
const ALL_ADDRESSES: readonly unknown[] = ['0.0.0.0', '::'];

/** Reads the sections of one file, and gathers all mistakes instead of stopping at the first. */
class Reader {
  readonly mistakes: ConfigMistake[];

  constructor(private readonly ini: IniFile) {
    this.mistakes = [...ini.mistakes];
    for (const key of ini.sections.get('')?.keys() ?? []) {
      this.#mistake('', key, 'a key before the first section', 'it below a [section]');
    }
  }

  general(): General {
    const entries = Object.entries(GENERAL_SECTIONS).map(([section, schema]) => {
      if (isRequired(schema) && !this.ini.sections.has(section))
        this.#mistake(section, '', 'nothing', `a section [${section}]`);
      return [section, this.#values(section, schema)];
    });
    return Object.fromEntries(entries) as General;
  }

  agents(): Map<string, AgentEntry> {
    const agents = new Map<string, AgentEntry>();
    for (const section of this.ini.sections.keys()) {
      if (!section || Object.hasOwn(GENERAL_SECTIONS, section) || section.startsWith('strategy')) continue;
      if (section === 'celery' || section.startsWith('celery.')) continue;
      const entry = this.#agent(section);
      if (entry) agents.set(section, entry);
    }
    return agents;
  }

  settings(): Record<string, Record<string, unknown>> {
    return Object.fromEntries(
      Object.entries(AGENT_SECTIONS).map(([agent, schema]) => [
        agent,
        this.#values(agent, { ...AGENT_KEYS, ...schema }, !this.ini.sections.has(agent)),
      ]),
    );
  }

  strategies(): StrategyEntry[] {
    const sections = [...this.ini.sections.keys()].filter((section) => section.startsWith('strategy.'));
    return sections.map((section) => ({
      ...(this.#values(section, STRATEGY_KEYS) as Values<typeof STRATEGY_KEYS>),
      name: section.slice('strategy.'.length),
    }));
  }

  /** Celery's sections, its keys by their old and new names. */
  celery(): CelerySettings | undefined {
    const { sections } = this.ini;
    const parts = [...sections.keys()].filter((name) => name === 'celery' || name.startsWith('celery.'));
    if (parts.length === 0 && !CELERY_AGENTS.some((agent) => sections.has(agent))) return undefined;
    for (const part of parts) {
      if (!CELERY_SECTIONS.includes(part))
        this.#mistake(part, '', 'an unknown section', `one of ${CELERY_SECTIONS.join(', ')}`);
    }
    this.#renameCelery();
    return {
      ...(this.#values('celery', CELERY_KEYS) as Values<typeof CELERY_KEYS>),
      routes: this.#pairs('celery.routes', isTaskPattern, isQueueName, 'a queue such as observation_q').map(
        ([pattern, queue]) => ({ pattern, queue }),
      ),
      workers: this.#pairs(
        'celery.workers',
        isQueueName,
        (text, name) => readWorker(name, text) !== undefined,
        'options of a worker such as -Q execute_sequence_q -c 1, after @ip if it is not on the host of task_broker',
      ).flatMap(([name, text]) => readWorker(name, text) ?? []),
      beat: sections.get('celery.beat') ?? new Map(),
    };
  }

  /** Old names of Celery's settings become those of today; both at once is a mistake. */
  #renameCelery(): void {
    const texts = this.ini.sections.get('celery');
    for (const [key, text] of [...(texts ?? [])]) {
      const name = celeryKey(key);
      if (!texts || name === key) continue;
      texts.delete(key);
      const line = this.ini.lines.get(`celery\0${key}`);
      if (line !== undefined) this.ini.lines.set(`celery\0${name}`, line);
      if (texts.has(name)) this.#mistake('celery', name, `${key} besides ${name}`, 'one of them');
      texts.set(name, text);
    }
  }

  /** A section of names that the file chooses. */
  #pairs(
    section: string,
    isKey: (key: string) => boolean,
    isValue: (text: string, key: string) => boolean,
    expected: string,
  ): [string, string][] {
    const pairs = [...(this.ini.sections.get(section) ?? [])];
    for (const [key, text] of pairs) {
      if (!isKey(key)) this.#mistake(section, key, `"${key}"`, 'a name of letters, digits, dots and *');
      if (!isValue(text, key)) this.#mistake(section, key, `"${text}"`, expected);
    }
    return pairs;
  }

  /** Two listeners on one address and port: the second could never start. */
  checkPorts(
    agents: Map<string, AgentEntry>,
    settings: Record<string, Record<string, unknown>>,
    comet: General['comet'],
  ): void {
    const taken: { section: string; ip: unknown; port: unknown }[] = [];
    const take = (section: string, key: string, ip: unknown, port: unknown) => {
      if (ip === undefined || port === undefined) return;
      const other = taken.find((one) => one.port === port && areSame(one.ip, ip));
      const found = `${ip} port ${port}, which is ${other?.section}'s`;
      if (other) this.#mistake(section, key, found, 'a port of its own');
      else taken.push({ section, ip, port });
    };
    for (const agent of agents.values()) {
      take(agent.name, 'receive_port', agent.ip, agent.receivePort);
      take(agent.name, 'plain_port', '127.0.0.1', agent.plainPort);
    }
    const broker = settings['voevent_broker'];
    if (broker && agents.has('voevent_broker'))
      take('voevent_broker', 'vtp_port', broker['vtpIp'], broker['vtpPort']);
    // What is wrong by itself has no value.
    for (const { host, port } of comet.receive ?? []) take('comet', 'receive', host, port);
    for (const { host, port } of comet.broadcast ?? []) take('comet', 'broadcast', host, port);
  }

  /** A VOEvent that is taken must fit into the message that hands it on. */
  checkEventLimit(
    { payloadLimit }: General['mesh'],
    settings: Record<string, Record<string, unknown>>,
  ): void {
    const limit = Number(settings['voevent_broker']?.['eventLimit']);
    const largest = payloadLimit - EVENT_ENVELOPE_BYTES;
    if (!this.ini.sections.has('voevent_broker') || !(limit > largest)) return;
    const expected = `at most ${largest} bytes, 4 KiB less than [mesh] payload_limit`;
    this.#mistake('voevent_broker', 'event_limit', `${limit} bytes`, expected);
  }

  /** Whoever is allowed a message must exist: a name spelt wrong would lock somebody out. */
  checkSenders(agents: Map<string, AgentEntry>): void {
    for (const { name } of agents.values()) {
      for (const [key, text] of this.ini.sections.get(name) ?? []) {
        const stranger = isSendersKey(key) ? strangerIn(text, agents) : undefined;
        if (stranger) this.#mistake(name, key, stranger.found, stranger.expected);
      }
    }
  }

  /** One way of TLS or the other, and a way whole. */
  checkSecurity(security: General['security']): void {
    for (const { key, found, expected } of securityMistakes(security))
      this.#mistake('security', key, found, expected);
  }

  /** What an INDI driver needs. */
  checkDrivers(clock: General['clock'], settings: Record<string, Record<string, unknown>>): void {
    for (const { section, key, found, expected } of driverMistakes(clock, settings))
      this.#mistake(section, key, found, expected);
  }

  /** Nobody would take the images. */
  checkStrategies(strategies: readonly StrategyEntry[]): void {
    if (this.ini.sections.has('camera_nir')) return;
    for (const { name, nirExposure } of strategies)
      if (nirExposure !== undefined)
        this.#mistake(
          `strategy.${name}`,
          'nir_exposure',
          'images of the infrared channel',
          'a section [camera_nir]',
        );
  }

  #agent(section: string): AgentEntry | undefined {
    const isKnown = (AGENT_NAMES as readonly string[]).includes(section);
    const isForeign = this.ini.sections.get(section)?.has('application') ?? false;
    if (!isKnown && !isForeign) {
      const expected = `one of ${AGENT_NAMES.join(', ')}, or an agent of your own with a key application`;
      this.#mistake(section, '', 'an unknown agent or section', expected);
      return undefined;
    }
    const senders = allowedSenders(this.ini.sections.get(section));
    if (isKnown) {
      // Mistakes in the keys of known agents are reported once, by settings().
      const values = new Reader({ ...this.ini, mistakes: [] }).#values(section, AGENT_KEYS, true);
      return { ...(values as Values<typeof AGENT_KEYS>), name: section, senders };
    }
    const values = this.#values(section, { ...AGENT_KEYS, ...FOREIGN_AGENT_KEYS });
    const { application, ...entry } = values as Values<typeof AGENT_KEYS & typeof FOREIGN_AGENT_KEYS>;
    return {
      ...entry,
      name: section,
      senders,
      application: resolve(dirname(this.ini.file), application ?? ''),
    };
  }

  /** The values of one section. `lenient` reports nothing. */
  #values(section: string, schema: SectionSchema, lenient = false): Record<string, unknown> {
    const texts = this.ini.sections.get(section) ?? new Map<string, string>();
    const isThere = this.ini.sections.has(section);
    const report = lenient || !isThere ? () => undefined : this.#mistake.bind(this);
    for (const key of texts.keys()) {
      if (!Object.hasOwn(schema, key) && !('receive_port' in schema && isSendersKey(key)))
        report(section, key, 'an unknown key', `one of ${Object.keys(schema).join(', ')}`);
    }
    const values: Record<string, unknown> = {};
    for (const [key, spec] of Object.entries(schema)) {
      const text = texts.get(key) ?? spec.default;
      const value = text === undefined ? undefined : spec.read(text);
      if (value === undefined && !(spec.optional && text === undefined))
        report(section, key, text === undefined ? 'nothing' : `"${text}"`, spec.expected);
      values[camelCase(key)] = value;
    }
    return values;
  }

  #mistake(section: string, key: string, found: string, expected: string): void {
    const { lines } = this.ini;
    const line = (key ? lines.get(`${section}\0${key}`) : undefined) ?? lines.get(section);
    this.mistakes.push({ section, key, line, found, expected });
  }
}

/** A section all of whose keys can do without it need not be there. */
function isRequired(schema: SectionSchema): boolean {
  return Object.values(schema).some((key) => key.default === undefined && !key.optional);
}

function camelCase(key: string): string {
  return key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether two listeners at these addresses are in each other's way. */
function areSame(a: unknown, b: unknown): boolean {
  return a === b || ALL_ADDRESSES.includes(a) || ALL_ADDRESSES.includes(b);
}
