// What a device's agent says about its commands.
import { InstrumentError } from '../errors.js';
import { type CommandTable, usage } from '../grammar/index.js';

/** Lines of help: of all commands, or those of one item. @throws InstrumentError `UNKNOWN_COMMAND` */
export function helpLines(device: string, commands: CommandTable, item: string | undefined): string[] {
  const rows = Object.entries(commands).filter(([key]) => item === undefined || itemOf(key) === item);
  if (rows.length === 0)
    throw new InstrumentError('UNKNOWN_COMMAND', `${device} has no ${item}; GET ${device} HELP lists all`);
  return rows.map(([key, command]) => `${usage(device, key, command)}: ${command.help}`);
}

/** Items of the commands that can be given, by their verbs. */
export function itemsByVerb(keys: readonly string[]): Record<'DO' | 'SET' | 'GET', string[]> {
  const items = (verb: string) => keys.filter((key) => key.startsWith(`${verb} `)).map(itemOf);
  return { DO: items('DO'), SET: items('SET'), GET: items('GET') };
}

/** A limit as the command that sets it would have it: `ALT=20deg`. */
export function limitText(commands: CommandTable, name: string, value: number): string {
  const command = commands[`SET LIMIT.${name}`] ?? commands[`SET ${name}`];
  return `${name}=${command?.parameters['TO']?.kind.write(value) ?? value}`;
}

function itemOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}
