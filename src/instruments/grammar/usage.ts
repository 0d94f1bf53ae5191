// How a command is used, in one line, for HELP and the documentation.
import type { Command } from './command.js';
import type { Parameter } from './kind.js';

/** `DO TELESCOPE GOTO RA=0..360deg DEC=-90..90deg [FRAME=ICRS,JNOW]` */
export function usage(device: string, key: string, command: Command): string {
  const [verb, item] = key.split(' ');
  return [`${verb} ${device} ${item}`, parametersText(command, key)].filter(Boolean).join(' ');
}

/** The parameters of a command in one line. */
export function parametersText({ parameters }: Command, key: string): string {
  return Object.entries(parameters)
    .map(([name, parameter], index) => parameterText(name, parameter, index === 0 && key.startsWith('SET ')))
    .join(' ');
}

/** The one parameter of a SET is usually given without its name. */
function parameterText(
  name: string,
  { kind, default: standard, optional }: Parameter<unknown>,
  bare: boolean,
): string {
  const text = bare ? kind.brief : `${name}=${kind.brief}`;
  if (standard !== undefined) return `[${text}] (${standard})`;
  return optional ? `[${text}]` : text;
}
