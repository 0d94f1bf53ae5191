// Names of devices, and the agents that answer for them.
import { CHANNELS, DEVICE_KINDS, type DeviceKind } from './tables/index.js';

/** A device as a sentence names it: `TELESCOPE`, `CAMERA:VIS`. */
export type DeviceName = string;

/** Every device of the grammar, with its kind. */
export const DEVICES: ReadonlyMap<DeviceName, DeviceKind> = new Map(
  DEVICE_KINDS.flatMap((kind) => {
    const names = CHANNELS[kind]?.map((channel) => `${kind}:${channel}`) ?? [kind];
    return names.map((name): [DeviceName, DeviceKind] => [name, kind]);
  }),
);

/** The agent of a device, as in the INI file: `CAMERA:VIS` is `camera_vis`. */
export function agentOfDevice(device: DeviceName): string {
  return device.toLowerCase().replace(':', '_');
}

/** The device of an agent; `undefined` for those that are no instruments. */
export function deviceOfAgent(agent: string): DeviceName | undefined {
  return [...DEVICES.keys()].find((device) => agentOfDevice(device) === agent);
}
