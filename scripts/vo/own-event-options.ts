// What an event of our own says, as a command line gives it.
import { InvalidArgumentError } from 'commander';
import { type Param, ROLES, type Role } from '../../src/voevent/index.js';
import { CommandFailure } from '../errors.js';

/** Parses a role. */
export function roleNamed(text: string): Role {
  const role = ROLES.find((one) => one === text);
  if (!role) throw new InvalidArgumentError(`expected one of ${ROLES.join(', ')}`);
  return role;
}

/** Parses `NAME=VALUE` or `NAME=VALUE,UNIT`. @throws CommandFailure `USAGE` */
export function paramNamed(text: string): Param {
  const [, name, value, unit] = /^([^=]+)=([^,]*)(?:,(.*))?$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new CommandFailure('USAGE', `--param is NAME=VALUE or NAME=VALUE,UNIT, not ${text}`);
  return { name, value, ...(unit !== undefined && { unit }) };
}
