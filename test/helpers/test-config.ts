// A configuration on free ports.
import { AGENT_NAMES, type Config, parseConfig } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';

/** Lines of [observatory]: where it is. */
export const SITE = 'latitude = 31.0439\nlongitude = -115.4637\naltitude = 2800';

/** What differs from the default. */
export interface TestConfigOptions {
  /** Folder for the data and, in name, for the file. */
  directory: string;
  agents?: readonly string[];
  /** Lines to add to sections, by section. */
  extra?: Record<string, string[]>;
}

/** The text of an INI file with these agents on free ports of loopback. */
export async function testConfigText(options: TestConfigOptions): Promise<string> {
  const { agents = AGENT_NAMES, extra = {} } = options;
  const ports = await freePorts(agents.length + 1);
  const sections: Record<string, string[]> = {
    observatory: ['name = Test', SITE],
    clock: ['mode = simulated', 'start = 2026-03-20T05:00:00Z'],
    logging: ['level = info'],
    data: ['directory = data'],
  };
  for (const [index, agent] of agents.entries()) {
    sections[agent] = ['ip = 127.0.0.1', `receive_port = ${ports[index]}`];
    if (agent === 'voevent_broker') sections[agent].push(`vtp_port = ${ports.at(-1)}`);
  }
  for (const [section, lines] of Object.entries(extra))
    sections[section] = [...(sections[section] ?? []), ...lines];
  return Object.entries(sections)
    .map(([section, lines]) => `[${section}]\n${lines.join('\n')}\n`)
    .join('\n');
}

/** As {@link testConfigText}, read. */
export async function testConfig(options: TestConfigOptions): Promise<Config> {
  return parseConfig(await testConfigText(options), `${options.directory}/pyros_agent_config.ini`);
}
