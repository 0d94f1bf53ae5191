// Commands of filter wheel, focuser, dome, PLC and weather station.
import { isoTime } from '../../../clock/index.js';
import { angle } from '../angle-kinds.js';
import { command } from '../command.js';
import { needed, optional } from '../kind.js';
import { either, nameOrNumber, onOff, quantity, text, texts, time, whole, word } from '../kinds.js';

const MOST_FILTERS = 24;
const MOST_STEPS = 10_000_000;

const filter = { NAME: text, POSITION: whole(1, MOST_FILTERS) };

export const FILTERWHEEL = {
  'DO HOME': command('Find the first place', { reply: filter, runs: 'alone', deadlineS: 60 }),
  'SET POSITION': command('Turn a filter into the light, by its name or place', {
    parameters: { TO: needed(nameOrNumber(MOST_FILTERS)) },
    reply: filter,
    runs: 'alone',
    deadlineS: 60,
  }),
  'GET POSITION': command('The filter in the light', { reply: filter }),
  'GET NAMES': command('The filters, in the order of their places', { reply: { NAMES: texts } }),
};

const steps = whole(0, MOST_STEPS, 'step');
const position = { POSITION: steps };
const move = { reply: position, runs: 'alone', deadlineS: 300 } as const;
const fwhm = quantity('arcsec', 0, Infinity, 2);
const past: typeof time = { ...time, write: isoTime };

export const FOCUSER = {
  'DO MOVE': command('Move to a place, or by so many steps', {
    ...move,
    parameters: { TO: optional(steps), BY: optional(whole(-MOST_STEPS, MOST_STEPS, 'step')) },
  }),
  'DO AUTOFOCUS': command('Take images on both sides of the focus, and go to the best', {
    parameters: {
      STEPS: needed(whole(5, 25), '7'),
      EXPTIME: needed(quantity('s', 0.01, 60), '2s'),
      CAMERA: needed(word('VIS', 'NIR'), 'VIS'),
    },
    reply: { ...position, FWHM: fwhm },
    runs: 'alone',
    deadlineS: 900,
  }),
  'DO HOME': command('Find the zero', move),
  'SET POSITION': command('As DO MOVE TO=', { ...move, parameters: { TO: needed(steps) } }),
  'SET TEMPCOMP': command('Follow the temperature', { parameters: { TO: needed(onOff) } }),
  'GET POSITION': command('Where it stands', { reply: position }),
  'GET TEMPERATURE': command('Temperature at the focuser', {
    reply: { TEMPERATURE: quantity('C', -60, 60) },
  }),
  'GET BEST': command('What the last DO AUTOFOCUS found', { reply: { ...position, FWHM: fwhm, TIME: past } }),
};

/** What a dome's shutter is doing. */
export const SHUTTER_STATES = ['OPEN', 'CLOSED', 'OPENING', 'CLOSING', 'UNKNOWN'] as const;

const shutter = { SHUTTER: word(...SHUTTER_STATES) };
const azimuth = { AZ: angle(0, 360, 2) };

export const DOME = {
  'DO OPEN': command('Open the shutter, if nothing speaks against it', {
    reply: shutter,
    runs: 'alone',
    deadlineS: 120,
  }),
  'DO CLOSE': command('Close the shutter; always accepted', {
    reply: shutter,
    runs: 'stops',
    deadlineS: 120,
  }),
  'DO GOTO': command('Turn to an azimuth', {
    parameters: { AZ: needed(angle(0, 360)) },
    reply: azimuth,
    runs: 'alone',
    deadlineS: 180,
  }),
  'DO PARK': command('Close the shutter, and turn to the park position', {
    reply: { ...shutter, ...azimuth },
    runs: 'stops',
    deadlineS: 240,
  }),
  'SET SLAVED': command('Follow the telescope', { parameters: { TO: needed(onOff) } }),
  'GET SHUTTER': command('What the shutter is doing', { reply: shutter }),
  'GET AZ': command('Where the slit is', { reply: { ...azimuth, SLAVED: onOff } }),
  'GET INTERLOCK': command('Whether it may be opened, and if not, why', {
    reply: { INTERLOCK: onOff, REASONS: texts },
  }),
};

const door = either('OPEN', 'CLOSED');
const MOST_SECONDS_OF_HEARTBEAT = 300;
const simulated = { simulated: true } as const;

export const PLC = {
  'DO HEARTBEAT': command(
    'Sign of life of who runs the night: the dome is closed when it stops for so long',
    {
      parameters: { TTL: needed(quantity('s', 10, MOST_SECONDS_OF_HEARTBEAT)) },
    },
  ),
  'DO CLOSE_ALL': command('Close everything that can be closed', { runs: 'stops', deadlineS: 120 }),
  'DO RESET': command('Release the interlocks whose cause has gone'),
  'SET LIGHT': command('The light in the dome', { parameters: { TO: needed(onOff) } }),
  'SET SIMULATE.RAIN': command('What the rain sensor says', {
    ...simulated,
    parameters: { TO: needed(onOff) },
  }),
  'SET SIMULATE.DOOR': command('Whether the door stands open', {
    ...simulated,
    parameters: { TO: needed(door) },
  }),
  'SET SIMULATE.UPS': command('Whether there is power from outside', {
    ...simulated,
    parameters: { TO: needed(onOff) },
  }),
  'SET SIMULATE.EMERGENCY': command('The emergency stop', {
    ...simulated,
    parameters: { TO: needed(onOff) },
  }),
  'GET STATUS': command('Everything that it knows', {
    reply: {
      SAFE: onOff,
      HEARTBEAT: quantity('s', 0, Infinity),
      RAIN: onOff,
      DOOR: door,
      POWER: onOff,
      EMERGENCY: onOff,
      LIGHT: onOff,
    },
  }),
  'GET INTERLOCKS': command('The interlocks that hold, each with its cause', {
    reply: { INTERLOCKS: texts, CAUSES: texts },
  }),
  'GET DOOR': command('Whether the door stands open', { reply: { DOOR: door } }),
  'GET RAIN': command('What the rain sensor says', { reply: { RAIN: onOff } }),
  'GET UPS': command('Whether there is power from outside, and the charge of the battery', {
    reply: { POWER: onOff, CHARGE: quantity('%', 0, 100, 1) },
  }),
};

const wind = quantity('m/s', 0, 50, 1);
const part = quantity('%', 0, 100, 1);
const temperature = quantity('C', -60, 60, 1);
const age = quantity('s', 0, Infinity, 1);

export const WEATHER = {
  'DO REFRESH': command('Read the sensors now', { runs: 'alone' }),
  'SET LIMIT.WIND': command('Strongest wind in which it is safe', { parameters: { TO: needed(wind) } }),
  'SET LIMIT.HUMIDITY': command('Highest humidity at which it is safe', { parameters: { TO: needed(part) } }),
  'SET LIMIT.CLOUD': command('Most clouds under which it is safe', { parameters: { TO: needed(part) } }),
  'SET HOLDOFF': command('How long it must have been good before it is safe again', {
    parameters: { TO: needed(quantity('s', 0, 3600)) },
  }),
  'SET SIMULATE.WIND': command('The wind', { ...simulated, parameters: { TO: needed(wind) } }),
  'SET SIMULATE.HUMIDITY': command('The humidity', { ...simulated, parameters: { TO: needed(part) } }),
  'SET SIMULATE.CLOUD': command('The clouds', { ...simulated, parameters: { TO: needed(part) } }),
  'SET SIMULATE.RAIN': command('The rain', { ...simulated, parameters: { TO: needed(onOff) } }),
  'SET SIMULATE.TEMPERATURE': command('The temperature', {
    ...simulated,
    parameters: { TO: needed(temperature) },
  }),
  'GET SAFE': command(
    'Whether it is safe, if not, why; since when, and when it may be again at the earliest',
    {
      reply: { SAFE: either('1', '0'), REASONS: texts, SINCE: past, EARLIEST: past },
    },
  ),
  'GET CONDITIONS': command('What the sensors say, each with its age', {
    reply: {
      TEMPERATURE: temperature,
      TEMPERATURE_AGE: age,
      HUMIDITY: part,
      HUMIDITY_AGE: age,
      WIND: wind,
      WIND_AGE: age,
      CLOUD: part,
      CLOUD_AGE: age,
      RAIN: onOff,
      RAIN_AGE: age,
      PRESSURE: quantity('hPa', 0, 1100, 1),
      PRESSURE_AGE: age,
    },
  }),
};
