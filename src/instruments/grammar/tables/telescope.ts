// Commands of the telescope.
import { isoTime } from '../../../clock/index.js';
import { angle, declination, rightAscension } from '../angle-kinds.js';
import { command } from '../command.js';
import { needed } from '../kind.js';
import { plain, quantity, sentenceText, time, word } from '../kinds.js';

/** How a mount follows what it points at. */
export const TRACKING_RATES = ['SIDEREAL', 'LUNAR', 'SOLAR', 'OFF'] as const;

const FRAMES = ['ICRS', 'JNOW'] as const;
/** Arcsec on the sky: two degrees. */
const LARGEST_OFFSET_ARCSEC = 7200;

const place = { RA: needed(rightAscension), DEC: needed(declination) };
const position = {
  RA: rightAscension,
  DEC: declination,
  ALT: angle(-90, 90),
  AZ: angle(0, 360),
  HA: angle(-180, 180),
  AIRMASS: plain(),
  PIERSIDE: word('EAST', 'WEST'),
};
const tracking = word(...TRACKING_RATES);
const move = { runs: 'supersedes', deadlineS: 180, reply: position } as const;

export const TELESCOPE = {
  'DO GOTO': command('Slew to a place of the sky and follow it', {
    ...move,
    parameters: { ...place, FRAME: needed(word(...FRAMES), 'ICRS'), TRACK: needed(tracking, 'SIDEREAL') },
  }),
  'DO GOTO_ALTAZ': command('Point somewhere and stay there', {
    ...move,
    parameters: { ALT: needed(angle(-90, 90)), AZ: needed(angle(0, 360)) },
  }),
  'DO OFFSET': command('Move a little, east and north positive, and go on following', {
    ...move,
    parameters: {
      DRA: needed(quantity('arcsec', -LARGEST_OFFSET_ARCSEC, LARGEST_OFFSET_ARCSEC)),
      DDEC: needed(quantity('arcsec', -LARGEST_OFFSET_ARCSEC, LARGEST_OFFSET_ARCSEC)),
    },
  }),
  'DO SYNC': command('Tell the mount that it points there now', {
    parameters: place,
    reply: position,
    runs: 'alone',
  }),
  'DO PARK': command('Go to the park position and rest there', { ...move, runs: 'stops' }),
  'DO UNPARK': command('Make ready to move', { runs: 'alone' }),
  'DO HOME': command('Find the zero of the axes', move),
  'SET TRACKING': command('Follow the sky, the Moon or the Sun, or stand still', {
    parameters: { TO: needed(tracking) },
    runs: 'alone',
  }),
  'SET LIMIT.ALT': command('Lowest altitude at which it may point', {
    parameters: { TO: needed(angle(0, 90)) },
  }),
  'SET LIMIT.SUN': command('Nearest to the Sun that it may point', {
    parameters: { TO: needed(angle(0, 90)) },
  }),
  'SET LIMIT.HA': command('Farthest from the meridian that it may point', {
    parameters: { TO: needed(angle(0, 180)) },
  }),
  'GET POSITION': command('Where it points: ICRS, altitude, azimuth, hour angle', { reply: position }),
  'GET TARGET': command('What it moves to or follows', {
    reply: { RA: rightAscension, DEC: declination, TRACK: tracking },
  }),
  'GET SEPARATION': command('How far it points from its target', {
    reply: { SEPARATION: quantity('arcsec', 0, Infinity) },
  }),
  'GET SITE': command('Where it stands, east positive', {
    reply: {
      NAME: sentenceText,
      LATITUDE: angle(-90, 90, 6),
      LONGITUDE: angle(-180, 180, 6),
      ELEVATION: { ...plain(), expected: 'metres above the sea' },
    },
  }),
  'GET TIME': command('The time of the observatory, and the sidereal time of the site', {
    reply: { UTC: { ...time, write: isoTime }, LST: { ...rightAscension, expected: 'hours' } },
  }),
};
