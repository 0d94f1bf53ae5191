// Commands that every device knows.
import { command } from '../command.js';
import { needed, optional } from '../kind.js';
import { itemName, onOff, quantity, sentenceText, text, texts, whole, word } from '../kinds.js';

/** States of a device. */
export const DEVICE_STATES = [
  'OFFLINE',
  'STARTING',
  'PARKED',
  'IDLE',
  'MOVING',
  'TRACKING',
  'EXPOSING',
  'READING',
  'ERROR',
] as const;

/** State of a device. */
export type DeviceState = (typeof DEVICE_STATES)[number];

/** What a person or a test can let a simulated device do wrong. */
export const FAULTS = ['NONE', 'HANG', 'REFUSE', 'DISCONNECT', 'CRASH'] as const;

/** Longest time for which a lock holds. */
const LONGEST_LOCK_S = 3600;

export const COMMON = {
  'GET STATE': command('What it is doing, why when something is wrong, and how old that knowledge is', {
    reply: {
      STATE: word(...DEVICE_STATES),
      BUSY: onOff,
      REASON: sentenceText,
      AGE: quantity('s', 0, Infinity),
    },
  }),
  'GET CAPABILITIES': command('What it can do with its driver', {
    reply: { DRIVER: text, DO: texts, SET: texts, GET: texts },
  }),
  'GET HELP': command('Its commands, or how one item is used', {
    parameters: { ITEM: optional(itemName) },
    reply: { HELP: texts },
  }),
  'GET LIMITS': command('The limits that hold', { reply: { LIMITS: texts } }),
  'GET LOCK': command('Who has the lock, and for how long', {
    reply: { OWNER: text, LEFT: quantity('s', 0, Infinity) },
  }),
  'DO CONNECT': command('Make contact with the device', { runs: 'alone', deadlineS: 60 }),
  'DO DISCONNECT': command('Let go of the device; what goes on is ended', {
    runs: 'supersedes',
    deadlineS: 30,
  }),
  'DO INIT': command('Bring the device into a known state', { runs: 'alone', deadlineS: 180 }),
  'DO STOP': command('Stop whatever goes on; always accepted', { runs: 'stops', deadlineS: 30 }),
  'DO RESET': command('End what goes on, and start the driver anew', { runs: 'supersedes', deadlineS: 60 }),
  'DO LOCK': command('Let only OWNER control the device for a while; everybody may read. Again to renew', {
    parameters: { TTL: needed(quantity('s', 1, LONGEST_LOCK_S), '60s') },
  }),
  'DO UNLOCK': command('Give the lock back'),
  'DO SIMULATE': command(
    'Let the next commands go wrong (HANG, REFUSE), or the device now (DISCONNECT, CRASH)',
    {
      parameters: { FAULT: needed(word(...FAULTS)), TIMES: needed(whole(1, 9999), '1') },
      simulated: true,
    },
  ),
};
