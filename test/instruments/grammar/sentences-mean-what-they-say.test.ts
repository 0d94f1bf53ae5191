import t from 'tap';
import { GrammarError, understand } from '../../../src/instruments/index.js';

const NOW_MS = Date.UTC(2026, 10, 23, 3);

const meant = (text: string) => {
  const { device, key, parameters, owner } = understand(text, NOW_MS);
  return { command: `${device} ${key}`, ...parameters, ...(owner && { owner }) };
};

const ICRS = { FRAME: 'ICRS', TRACK: 'SIDEREAL' };
const ONE_LIGHT = { FRAME: 'LIGHT', N: 1, AT: NOW_MS };

const cases: [sentence: string, meaning: Record<string, unknown>][] = [
  // Right ascension in hours and in degrees, declination in degrees.
  ['DO TELESCOPE GOTO RA=05:34:31.97 DEC=+22:00:52.1', { RA: 83.633208333, DEC: 22.014472222, ...ICRS }],
  ['do telescope goto ra=5h34m31.97s dec=22d00m52.1s', { RA: 83.633208333, DEC: 22.014472222, ...ICRS }],
  ['DO TELESCOPE GOTO RA=5.5755h DEC=-00:30:00', { RA: 83.6325, DEC: -0.5, ...ICRS }],
  [
    'DO TELESCOPE GOTO RA=83.63 DEC=-0.5 FRAME=jnow',
    { RA: 83.63, DEC: -0.5, FRAME: 'JNOW', TRACK: 'SIDEREAL' },
  ],
  [
    'DO TELESCOPE GOTO RA=83.63deg DEC=30arcmin TRACK=OFF',
    { RA: 83.63, DEC: 0.5, FRAME: 'ICRS', TRACK: 'OFF' },
  ],
  ['DO TELESCOPE GOTO RA=83d37m48s DEC=-00d00m36s', { RA: 83.63, DEC: -0.01, ...ICRS }],
  ['DO TELESCOPE GOTO 05:34 DEC=+22:00', { RA: 83.5, DEC: 22, ...ICRS }],
  ['DO TELESCOPE GOTO_ALTAZ ALT=45 AZ=180deg', { ALT: 45, AZ: 180 }],
  ['DO TELESCOPE OFFSET DRA=-10 DDEC=0.5arcmin', { DRA: -10, DDEC: 30 }],
  ['DO TELESCOPE SYNC RA=0 DEC=-90:00:00', { RA: 0, DEC: -90 }],
  ['SET TELESCOPE TRACKING LUNAR', { TO: 'LUNAR' }],
  ['SET TELESCOPE LIMIT.ALT 20deg', { TO: 20 }],
  ['SET TELESCOPE LIMIT.SUN TO=45', { TO: 45 }],
  // Units, lists, names, texts, times.
  ['DO CAMERA:VIS EXPOSE EXPTIME=10s', { EXPTIME: 10, ...ONE_LIGHT }],
  ['DO CAMERA:NIR EXPOSE 500ms FRAME=dark N=3', { EXPTIME: 0.5, FRAME: 'DARK', N: 3, AT: NOW_MS }],
  [
    'DO CAMERA:VIS EXPOSE EXPTIME=1min OBJECT="a \\"b\\" \\\\ c" AT=+1.5min',
    { EXPTIME: 60, FRAME: 'LIGHT', N: 1, OBJECT: 'a "b" \\ c', AT: NOW_MS + 90_000 },
  ],
  [
    'DO CAMERA:VIS EXPOSE EXPTIME=0 AT=2026-11-23T03:00:10.5Z OBJECT=GRB261123A',
    { EXPTIME: 0, FRAME: 'LIGHT', N: 1, OBJECT: 'GRB261123A', AT: NOW_MS + 10_500 },
  ],
  ['SET CAMERA:VIS BINNING 2,2', { TO: [2, 2] }],
  ['SET CAMERA:VIS WINDOW 0,0,512,256', { TO: [0, 0, 512, 256] }],
  ['SET CAMERA:VIS TEMPERATURE 253.15K', { TO: -20 }],
  ['SET CAMERA:VIS FITS.OBSERVER "Ada L." OWNER=ada', { TO: 'Ada L.', owner: 'ada' }],
  ["SET FILTERWHEEL:VIS POSITION g'", { TO: "g'" }],
  ['SET FILTERWHEEL:VIS POSITION 3', { TO: 3 }],
  ['DO FOCUSER MOVE BY=-500step', { BY: -500 }],
  ['DO FOCUSER AUTOFOCUS', { STEPS: 7, EXPTIME: 2, CAMERA: 'VIS' }],
  ['SET FOCUSER TEMPCOMP off', { TO: false }],
  ['DO DOME GOTO AZ=359.9deg', { AZ: 359.9 }],
  ['SET DOME SLAVED ON', { TO: true }],
  ['DO PLC HEARTBEAT TTL=10s', { TTL: 10 }],
  ['SET WEATHER LIMIT.WIND 54km/h', { TO: 15 }],
  ['SET WEATHER HOLDOFF 1h', { TO: 3600 }],
  // Common commands, and odd spaces.
  ['DO TELESCOPE LOCK OWNER=ada', { TTL: 60, owner: 'ada' }],
  ['GET TELESCOPE HELP goto', { ITEM: 'GOTO' }],
  ['  GET   WEATHER  SAFE  ', {}],
  ['DO ALL STOP', {}],
];

t.test('sentences are understood, with units converted and defaults filled in', async (t) => {
  for (const [sentence, expected] of cases) {
    const { command, ...found } = meant(sentence);
    for (const [name, value] of Object.entries(expected)) {
      const other = (found as Record<string, unknown>)[name];
      if (typeof value === 'number')
        t.ok(Math.abs(Number(other) - value) < 1e-9, `${sentence}: ${name} ${other}`);
      else t.same(other, value, `${sentence}: ${name}`);
    }
    t.same(Object.keys(found).sort(), Object.keys(expected).sort(), `${command}: nothing more`);
  }
});

/** The caret stands in the sentence, where its fault is. */
const faults: [pointed: string, code: string, reason: RegExp][] = [
  ['^SHOW TELESCOPE', 'SYNTAX', /DO, GET or SET/],
  ['^', 'SYNTAX', /DO, GET or SET/],
  ['DO^', 'SYNTAX', /a space and a device/],
  ['DO ^', 'SYNTAX', /expected a device/],
  ['DO CAMERA:^ EXPOSE', 'SYNTAX', /channel/],
  ['DO ^CAMERA EXPOSE', 'UNKNOWN_COMMAND', /CAMERA:VIS or CAMERA:NIR/],
  ['DO ^LASER FIRE', 'UNKNOWN_COMMAND', /there are TELESCOPE, /],
  ['GET TELESCOPE ^FOCUS', 'UNKNOWN_COMMAND', /there are STATE, /],
  ['GET TELESCOPE^', 'UNKNOWN_COMMAND', /what to GET is missing/],
  ['DO ALL ^PARK', 'UNKNOWN_COMMAND', /there are STOP/],
  ['SET CAMERA:VIS ^FITS. 1', 'UNKNOWN_COMMAND', /has no SET FITS\./],
  ['DO TELESCOPE GOTO RA=05:^60:00 DEC=1', 'SYNTAX', /minutes are from 00 to 59, not 60/],
  ['DO TELESCOPE GOTO RA=05:00:^75 DEC=1', 'SYNTAX', /seconds are from 00 to 59, not 75/],
  ['DO TELESCOPE GOTO RA=05:^5:00 DEC=1', 'SYNTAX', /minutes of two digits/],
  ['DO TELESCOPE GOTO RA=5h34^ DEC=1', 'SYNTAX', /m after the minutes/],
  ['DO TELESCOPE GOTO RA=5h34m10^ DEC=1', 'SYNTAX', /s after the seconds/],
  ['DO TELESCOPE GOTO RA=^24:00:00 DEC=1', 'INVALID_VALUE', /RA must be .* below 24/],
  ['DO TELESCOPE GOTO RA=^-1 DEC=1', 'INVALID_VALUE', /RA must be/],
  ['DO TELESCOPE GOTO RA=1 DEC=^90:00:01', 'INVALID_VALUE', /from -90 to 90 deg/],
  ['DO TELESCOPE GOTO RA=1 DEC=^5h', 'INVALID_VALUE', /DEC must be/],
  ['DO TELESCOPE GOTO RA=1 DEC=^22h00m00s', 'INVALID_VALUE', /DEC must be/],
  ['DO TELESCOPE GOTO RA=1 RA=^2 DEC=1', 'SYNTAX', /stands there twice/],
  ['DO TELESCOPE GOTO RA=1^', 'VALUE_NOT_SET', /DEC= is missing/],
  ['DO TELESCOPE GOTO RA=1 ^2', 'SYNTAX', /only the first argument/],
  ['DO TELESCOPE GOTO RA=1 DEC=2 ^SPEED=3', 'SYNTAX', /GOTO takes RA, DEC, FRAME, TRACK/],
  ['GET TELESCOPE POSITION ^OWNER=ada', 'SYNTAX', /takes no arguments/],
  ['DO TELESCOPE GOTO RA=^ DEC=2', 'SYNTAX', /expected a value/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=10^sec', 'SYNTAX', /"sec" is no unit; there are deg/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=^10deg', 'INVALID_VALUE', /from 0 to 3600 s/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=^3601', 'INVALID_VALUE', /from 0 to 3600 s/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 N=^1.5', 'INVALID_VALUE', /whole number/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 OBJECT=^"open', 'SYNTAX', /no closing quote/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 OBJECT="a^\\n"', 'SYNTAX', /backslash/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 OBJECT="a^\tb"', 'SYNTAX', /control characters/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1^\tN=2', 'SYNTAX', /control character/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 AT=^2026-02-30T00:00:00Z', 'SYNTAX', /no such day/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 AT=^2027-11-23T03:00:00Z', 'INVALID_VALUE', /at most a day/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 AT=2026-02-03T00:00:00^', 'SYNTAX', /times are UTC/],
  ['DO CAMERA:VIS EXPOSE EXPTIME=1 AT=^10s', 'INVALID_VALUE', /NOW/],
  ['SET CAMERA:VIS BINNING ^2', 'INVALID_VALUE', /2 whole numbers/],
  ['SET CAMERA:VIS BINNING ^2,9', 'INVALID_VALUE', /1\.\.8/],
  ['SET CAMERA:VIS BINNING 2,^', 'SYNTAX', /expected a value/],
  ['SET DOME SLAVED ^PERHAPS', 'INVALID_VALUE', /ON or OFF/],
  ['DO FOCUSER MOVE TO=^1e999', 'SYNTAX', /too large/],
  ['DO TELESCOPE GOTO RA="x"^DEC=1', 'SYNTAX', /expected a space/],
];

t.test('a sentence that is wrong is refused with the place and the way out', async (t) => {
  for (const [pointed, code, reason] of faults) {
    const column = pointed.indexOf('^') + 1;
    const sentence = pointed.replace('^', '');
    t.throws(() => understand(sentence, NOW_MS), { code, column, reason }, sentence);
  }
});

t.test('the error shows the place, in one line and in two', async (t) => {
  const sentence = `DO CAMERA:VIS EXPOSE EXPTIME=10s OBJECT="${'x'.repeat(50)}" N=0 FRAME=LIGHT ${' '.repeat(30)}`;
  try {
    understand(sentence, NOW_MS);
    t.fail('refused');
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    t.equal(error.number, 1025);
    t.match(
      error.message,
      /^N must be a whole number from 1 to 9999, at column 96: …x+" N=\^0 FRAME=LIGHT {5}…$|\^0/,
    );
    const [text, caret] = error.pointed();
    t.equal(text[caret.length - 1], '0');
  }
});

t.test('a sentence may have 4096 bytes, whatever its characters', async (t) => {
  const head = 'DO CAMERA:VIS EXPOSE EXPTIME=1 OBJECT="x"';
  t.ok(understand(head.padEnd(4096), NOW_MS));
  t.throws(() => understand(head.padEnd(4097), NOW_MS), { code: 'SYNTAX', reason: /4096 bytes, not 4097/ });
  const wide = (count: number) => `DO CAMERA:VIS EXPOSE EXPTIME=1 OBJECT="${'é'.repeat(count)}"`;
  t.throws(() => understand(wide(2100), NOW_MS), { code: 'SYNTAX' });
  t.throws(() => understand(wide(201), NOW_MS), { code: 'INVALID_VALUE' });
  t.ok(understand(wide(200), NOW_MS));
});
