// Commands of the cameras.
import { command } from '../command.js';
import { needed, optional } from '../kind.js';
import { anyScalar, onOff, plain, quantity, text, time, whole, wholes, word } from '../kinds.js';

/** Kinds of images. */
export const IMAGE_TYPES = ['BIAS', 'DARK', 'FLAT', 'LIGHT', 'FOCUS'] as const;

/** What the shutter does. */
export const SHUTTER_MODES = ['OPEN', 'CLOSED', 'AUTO'] as const;

const LONGEST_EXPOSURE_S = 3600;
const LARGEST_BINNING = 8;
const LARGEST_SIDE = 65_535;

const temperature = quantity('C', -100, 30);
const image = { PATH: text, ID: text, CHECKSUM: text };

export const CAMERA = {
  'DO EXPOSE': command('Take images, each on disk before the next begins', {
    parameters: {
      EXPTIME: needed(quantity('s', 0, LONGEST_EXPOSURE_S, 6)),
      FRAME: needed(word(...IMAGE_TYPES), 'LIGHT'),
      N: needed(whole(1, 9999), '1'),
      OBJECT: optional(text),
      AT: needed(time, 'NOW'),
    },
    reply: { ...image, N: whole(1, 9999), FWHM: quantity('arcsec', 0, Infinity, 2) },
    runs: 'alone',
    deadlineS: 120,
  }),
  'DO STOP': command('Close the shutter, and read what is there; always accepted'),
  'DO ABORT': command('Close the shutter, and drop the image; always accepted', {
    runs: 'stops',
    deadlineS: 30,
  }),
  'DO COOL': command('Cool to the temperature that was set', {
    reply: { TEMPERATURE: temperature },
    runs: 'alone',
    deadlineS: 1800,
  }),
  'DO WARM': command('Warm up slowly, and switch the cooler off', {
    reply: { TEMPERATURE: temperature },
    runs: 'alone',
    deadlineS: 1800,
  }),
  'SET BINNING': command('Columns and rows that are read as one', {
    parameters: {
      TO: needed(
        wholes([
          [1, LARGEST_BINNING],
          [1, LARGEST_BINNING],
        ]),
      ),
    },
  }),
  'SET WINDOW': command(
    'Part that is read: first column and row from 0, width and height, in unbinned pixels',
    {
      parameters: {
        TO: needed(
          wholes([
            [0, LARGEST_SIDE],
            [0, LARGEST_SIDE],
            [1, LARGEST_SIDE],
            [1, LARGEST_SIDE],
          ]),
        ),
      },
    },
  ),
  'SET GAIN': command('Amplification, in the steps of the camera', {
    parameters: { TO: needed(plain(0, 10_000)) },
  }),
  'SET TEMPERATURE': command('Temperature that the cooler aims at', {
    parameters: { TO: needed(temperature) },
  }),
  'SET SHUTTER': command('Open for light and closed for others (AUTO), or always one of both', {
    parameters: { TO: needed(word(...SHUTTER_MODES)) },
  }),
  'SET FITS.*': command('A card of the headers from now on; an empty text takes it away', {
    parameters: { TO: needed(anyScalar) },
  }),
  'GET PROGRESS': command('How far the exposure is', {
    reply: {
      LEFT: quantity('s', 0, Infinity),
      PERCENT: quantity('%', 0, 100, 1),
      IMAGE: whole(1, 9999),
      OF: whole(1, 9999),
    },
  }),
  'GET TEMPERATURE': command('Temperature of the detector', {
    reply: { TEMPERATURE: temperature, TARGET: temperature, COOLER: onOff },
  }),
  'GET IMAGE': command('The last image', { reply: image }),
  'GET INFO': command('What the detector is like, and how it is set', {
    reply: {
      DETECTOR: text,
      WIDTH: whole(1, LARGEST_SIDE),
      HEIGHT: whole(1, LARGEST_SIDE),
      SCALE: quantity('arcsec', 0, Infinity),
      BINNING: wholes([
        [1, LARGEST_BINNING],
        [1, LARGEST_BINNING],
      ]),
      WINDOW: wholes([
        [0, LARGEST_SIDE],
        [0, LARGEST_SIDE],
        [1, LARGEST_SIDE],
        [1, LARGEST_SIDE],
      ]),
      GAIN: plain(),
      SHUTTER: word(...SHUTTER_MODES),
      RDNOISE: quantity('e-', 0, Infinity),
    },
  }),
};
