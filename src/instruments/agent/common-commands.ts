// Commands that every device knows, as its agent carries them out.
import type { DeviceDriver, Fault } from '../drivers/device-driver.js';
import type { CommandTable } from '../grammar/index.js';
import type { Call } from './call.js';
import type { ControlLocks } from './control-lock.js';
import { helpLines, itemsByVerb, limitText } from './device-help.js';
import type { DriverHost } from './driver-host.js';

/** What is done on a command. */
export type Handler = (parameters: Record<string, unknown>, call: Call) => unknown;

/** What the agent of a device has for them. */
export interface CommonOwner {
  readonly device: string;
  readonly commands: CommandTable;
  driverName(): string;
  readonly host: Pick<DriverHost<DeviceDriver>, 'driver' | 'connect' | 'disconnect'>;
  readonly locks: ControlLocks;
  readonly limits: ReadonlyMap<string, number>;
  state(): Record<string, unknown>;
  /** Commands that can be given now. */
  capabilities(): string[];
  stop(): Promise<void>;
  reset(): Promise<void>;
  setLimit(name: string, value: number): Promise<void>;
}

const LIMIT = 'SET LIMIT.';

/** The handlers, by verb and item. */
export function commonHandlers(owner: CommonOwner): [key: string, handler: Handler][] {
  const { device, commands, host, locks, limits } = owner;
  const limitKeys = Object.keys(commands).filter((key) => key.startsWith(LIMIT));
  return [
    ['GET STATE', () => owner.state()],
    ['GET CAPABILITIES', () => ({ DRIVER: owner.driverName(), ...itemsByVerb(owner.capabilities()) })],
    ['GET HELP', ({ ITEM }) => ({ HELP: helpLines(device, commands, ITEM as string | undefined) })],
    ['GET LIMITS', () => ({ LIMITS: [...limits].map(([name, value]) => limitText(commands, name, value)) })],
    ['GET LOCK', () => locks.reply()],
    ['DO LOCK', ({ TTL }, { client }) => locks.take(client, Number(TTL))],
    ['DO UNLOCK', (_, { client }) => locks.give(client)],
    ['DO CONNECT', () => host.connect()],
    ['DO DISCONNECT', () => host.disconnect()],
    ['DO RESET', () => owner.reset()],
    ['DO STOP', () => owner.stop()],
    ['DO INIT', (_, { signal }) => host.driver.init?.(signal)],
    ['DO SIMULATE', ({ FAULT, TIMES }) => host.driver.simulate?.(FAULT as Fault, Number(TIMES))],
    ...limitKeys.map((key): [string, Handler] => [
      key,
      ({ TO }) => owner.setLimit(key.slice(LIMIT.length), Number(TO)),
    ]),
  ];
}
