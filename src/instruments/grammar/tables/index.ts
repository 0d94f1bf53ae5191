// The table of commands: devices, and what each knows.
import type { Command, CommandTable, ParametersOf, ReplyOf } from '../command.js';
import { CAMERA } from './camera.js';
import { COMMON } from './common.js';
import { DOME, FILTERWHEEL, FOCUSER, PLC, WEATHER } from './devices.js';
import { TELESCOPE } from './telescope.js';

/** Commands of each kind of device, those of all among them; its own go before. */
export const COMMANDS = {
  TELESCOPE: { ...COMMON, ...TELESCOPE },
  CAMERA: { ...COMMON, ...CAMERA },
  FILTERWHEEL: { ...COMMON, ...FILTERWHEEL },
  FOCUSER: { ...COMMON, ...FOCUSER },
  DOME: { ...COMMON, ...DOME },
  PLC: { ...COMMON, ...PLC },
  WEATHER: { ...COMMON, ...WEATHER },
} satisfies Record<string, CommandTable>;

/** A kind of device. */
export type DeviceKind = keyof typeof COMMANDS;

/** Verb and item of the commands of a kind of device: `DO GOTO`. */
export type CommandKey<D extends DeviceKind> = keyof (typeof COMMANDS)[D] & string;

/** What a handler of a command is given. */
export type CommandParameters<
  D extends DeviceKind,
  K extends CommandKey<D>,
> = (typeof COMMANDS)[D][K] extends Command ? ParametersOf<(typeof COMMANDS)[D][K]> : never;

/** What a handler of a command answers. */
export type CommandReply<
  D extends DeviceKind,
  K extends CommandKey<D>,
> = (typeof COMMANDS)[D][K] extends Command ? ReplyOf<(typeof COMMANDS)[D][K]> : never;

/** Channels of the kinds of devices of which there are several; the others stand alone. */
export const CHANNELS: Partial<Record<DeviceKind, readonly string[]>> = {
  CAMERA: ['VIS', 'NIR'],
  FILTERWHEEL: ['VIS', 'NIR'],
};

/** Stands for every device, with `DO ALL STOP`. */
export const ALL_DEVICES = 'ALL';

/** Kinds of devices, in the order of the documentation. */
export const DEVICE_KINDS = Object.keys(COMMANDS) as readonly DeviceKind[];

export { COMMON };
