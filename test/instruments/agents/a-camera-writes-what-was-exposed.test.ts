import { readFileSync } from 'node:fs';
import t from 'tap';
import { bestFocus, readFits, starWidth } from '../../../src/instruments/index.js';
import { separationDeg } from '../../../src/sky/index.js';
import { InstrumentLab } from '../../helpers/instrument-lab.js';

const fileOf = (answer: Record<string, unknown> | undefined) =>
  readFits(readFileSync(String(answer?.['PATH'])));

t.test('an exposure becomes a file whose header knows what the other devices said', async (t) => {
  const lab = await InstrumentLab.start(
    t,
    ['camera_vis', 'telescope', 'filterwheel_vis', 'focuser', 'weather'],
    {
      camera_vis: ['width = 128', 'height = 96'],
      weather: ['votes_to = '],
    },
  );
  await lab.say('DO TELESCOPE GOTO_ALTAZ ALT=60 AZ=120');
  await lab.say('SET TELESCOPE TRACKING SIDEREAL');
  await lab.say("SET FILTERWHEEL:VIS POSITION i'");
  await lab.say('SET CAMERA:VIS FITS.OBSERVER "Ada L."');
  const alert = { ivorn: 'ivo://test/1', raDeg: 10, decDeg: 20, triggerMs: lab.clock.now() - 60_000 };
  const answer = await lab.say('DO CAMERA:VIS EXPOSE EXPTIME=2s OBJECT="NGC 1976"', {
    data: { sequence: 's1', observation: 17, alert },
  });
  const { header, image } = { ...fileOf(answer), image: fileOf(answer) };
  t.same([image.width, image.height], [128, 96]);
  t.match(answer, { ID: /^NGC_1976_\d{8}T\d{6}\.\d+_VIS$/, CHECKSUM: header.text('CHECKSUM'), N: 1 });
  for (const [keyword, value] of Object.entries({
    OBJECT: 'NGC 1976',
    FILTER: "i'",
    OBSERVER: 'Ada L.',
    SEQUENCE: 's1',
    TRIGID: 'ivo://test/1',
    IMAGETYP: 'LIGHT',
  }))
    t.equal(header.text(keyword), value, keyword);
  for (const [keyword, value] of Object.entries({
    EXPTIME: 2,
    OBSNUM: 17,
    FOCUSPOS: 10_000,
    'CCD-TEMP': -20,
    FOCALLEN: 1240,
  }))
    t.equal(header.number(keyword), value, keyword);
  t.ok(Math.abs((header.number('AMBTEMP') ?? 99) - 8) < 2);
  const position = await lab.say('GET TELESCOPE POSITION');
  const pointing = { raDeg: Number(position?.['RA']), decDeg: Number(position?.['DEC']) };
  const written = { raDeg: header.number('CRVAL1') ?? 0, decDeg: header.number('CRVAL2') ?? 0 };
  t.ok(separationDeg(pointing, written) < 5 / 3600);
  t.match(await lab.say('GET CAMERA:VIS IMAGE'), { PATH: answer?.['PATH'], CHECKSUM: answer?.['CHECKSUM'] });

  t.comment('a part of it, binned; and peers that are gone hold nothing up');
  await lab.say('SET CAMERA:VIS BINNING 2,2');
  await lab.say('SET CAMERA:VIS WINDOW 10,20,64,32');
  await t.rejects(lab.say('SET CAMERA:VIS WINDOW 100,0,64,32'), {
    code: 'INVALID_VALUE',
    message: /within 128 columns/,
  });
  for (const name of ['telescope', 'weather']) await lab.during(lab.agent(name).stop());
  const part = fileOf(await lab.say('DO CAMERA:VIS EXPOSE EXPTIME=1s FRAME=DARK'));
  t.same([part.width, part.height, part.header.number('XBINNING')], [32, 16, 2]);
  t.equal(part.header.card('RA'), undefined);
  t.match(part.header.card('COMMENT'), { value: /Not known: .*RA DEC/ });
});

t.test('whoever wants a card in the headers gets it, until it is taken away', async (t) => {
  const lab = await InstrumentLab.start(t, ['camera_vis'], { camera_vis: ['width = 16', 'height = 16'] });
  const headerOf = async () => fileOf(await lab.say('DO CAMERA:VIS EXPOSE EXPTIME=1s FRAME=DARK')).header;
  await lab.say('SET CAMERA:VIS FITS.PROJECT NONE');
  await lab.say('SET CAMERA:VIS FITS.SEEING 1.25');
  await lab.say('SET CAMERA:VIS FITS.OBSERVER "Ada L."');
  await lab.say('SET CAMERA:VIS FITS.OBSERVER ""');
  await lab.during(lab.agent('camera_vis').stop());
  await lab.startAgent('camera_vis');
  const header = await headerOf();
  t.equal(header.text('PROJECT'), 'NONE', 'also after a restart');
  t.equal(header.number('SEEING'), 1.25);
  t.equal(header.text('OBSERVER'), 'test', 'who asked for it, as long as nobody says otherwise');
  const { header: ofAda } = fileOf(await lab.say('DO CAMERA:VIS EXPOSE 1s FRAME=DARK OWNER=ada'));
  t.equal(ofAda.text('OBSERVER'), 'ada');
  for (const keyword of ['BITPIX', 'NAXIS3', 'BLANK', 'END', 'CONTINUE', 'XTENSION'])
    await t.rejects(lab.say(`SET CAMERA:VIS FITS.${keyword} 1`), {
      code: 'INVALID_VALUE',
      message: /not yours/,
    });
  await t.rejects(lab.say('SET CAMERA:VIS FITS.TOO_LONG_A 1'), { code: 'INVALID_VALUE', message: /1 to 8/ });
  for (let n = 3; n <= 100; n += 1) await lab.say(`SET CAMERA:VIS FITS.K${n} ${n}`);
  await t.rejects(lab.say('SET CAMERA:VIS FITS.ONEMORE 1'), {
    code: 'INVALID_VALUE',
    message: /at most 100/,
  });
  await lab.say('SET CAMERA:VIS FITS.K100 ""');
  await lab.say('SET CAMERA:VIS FITS.ONEMORE 1');
  t.equal((await headerOf()).number('K99'), 99);
});

t.test('it can be stopped, aborted, told to wait, and cooled', async (t) => {
  const lab = await InstrumentLab.start(t, ['camera_nir'], { camera_nir: ['width = 64', 'height = 64'] });
  const state = async () => (await lab.begin('GET CAMERA:NIR STATE'))?.['STATE'];
  const stopped = lab.begin('DO CAMERA:NIR EXPOSE EXPTIME=10s N=5');
  await lab.until(async () => (await state()) === 'EXPOSING');
  await lab.clock.advance(3000);
  t.match(await lab.begin('GET CAMERA:NIR PROGRESS'), {
    IMAGE: 1,
    OF: 5,
    LEFT: Number,
  });
  await t.rejects(lab.begin('DO CAMERA:NIR EXPOSE EXPTIME=1s'), { code: 'BUSY' });
  await lab.begin('DO CAMERA:NIR STOP');
  const short = await lab.during(stopped);
  t.equal(fileOf(short).header.number('EXPTIME'), 3, 'what is there is read');
  t.match(short, { N: 1 }, 'and no more is taken');

  const aborted = lab.begin('DO CAMERA:NIR EXPOSE EXPTIME=10s');
  await lab.until(async () => (await state()) === 'EXPOSING');
  await lab.begin('DO CAMERA:NIR ABORT');
  await t.rejects(aborted, { code: 'ABORTED' });
  await lab.until(async () => (await state()) === 'IDLE');

  const startMs = lab.clock.now();
  const later = fileOf(await lab.say('DO CAMERA:NIR EXPOSE EXPTIME=0 FRAME=BIAS AT=+60s'));
  const openedMs = Date.parse(`${later.header.text('DATE-OBS')}Z`);
  t.ok(openedMs >= startMs + 60_000 && openedMs < startMs + 62_000, 'the shutter opens when it was told to');

  await lab.say('SET CAMERA:NIR TEMPERATURE -30C');
  t.match(await lab.say('DO CAMERA:NIR COOL'), { TEMPERATURE: -30 });
  t.match(await lab.say('DO CAMERA:NIR WARM'), { TEMPERATURE: 10 });
  t.match(await lab.say('GET CAMERA:NIR TEMPERATURE'), { TEMPERATURE: 10, TARGET: -30, COOLER: false });
  t.match(await lab.say('GET CAMERA:NIR INFO'), {
    DETECTOR: 'SIM-NIR',
    WIDTH: 64,
    BINNING: [1, 1],
    SHUTTER: 'AUTO',
  });

  t.comment('a camera that dies in the middle of an exposure');
  const lost = lab.begin('DO CAMERA:NIR EXPOSE EXPTIME=10s');
  await lab.until(async () => (await state()) === 'EXPOSING');
  await lab.begin('DO CAMERA:NIR SIMULATE FAULT=CRASH');
  await t.rejects(lost, { code: 'DRIVER', message: /crashed/ });
  await lab.until(async () => (await state()) === 'IDLE', 100);
  t.match(await lab.say('DO CAMERA:NIR EXPOSE EXPTIME=1s FRAME=FLAT'), { N: 1 });
});

t.test('the focuser finds the best focus from the images of the camera', async (t) => {
  const lab = await InstrumentLab.start(t, ['camera_vis', 'telescope', 'focuser']);
  await lab.say('DO TELESCOPE GOTO_ALTAZ ALT=60 AZ=120');
  await lab.say('SET TELESCOPE TRACKING SIDEREAL');
  const found = await lab.say('DO FOCUSER AUTOFOCUS');
  // 10350 at 10 C, 20 steps less for each degree more.
  const { TEMPERATURE } = (await lab.say('GET FOCUSER TEMPERATURE')) as { TEMPERATURE: number };
  const sharp = 10_350 - 20 * (TEMPERATURE - 10);
  t.ok(Math.abs(Number(found?.['POSITION']) - sharp) < 100, `${found?.['POSITION']} is near ${sharp}`);
  t.ok(Math.abs(Number(found?.['FWHM']) - 3) < 1, `${found?.['FWHM']} arcsec`);
  t.match(await lab.say('GET FOCUSER BEST'), { POSITION: found?.['POSITION'], TIME: Number });
  await t.rejects(lab.say('DO FOCUSER MOVE'), { code: 'INVALID_VALUE', message: /TO= or BY=/ });
  t.match(await lab.say('DO FOCUSER MOVE BY=-100'), { POSITION: Number(found?.['POSITION']) - 100 });
  await lab.say('SET FOCUSER TEMPCOMP ON');
  const before = Number((await lab.say('GET FOCUSER POSITION'))?.['POSITION']);
  for (let minute = 0; minute < 60; minute += 1) await lab.clock.advance(60_000);
  const after = Number((await lab.say('GET FOCUSER POSITION'))?.['POSITION']);
  const warmer = Number((await lab.say('GET FOCUSER TEMPERATURE'))?.['TEMPERATURE']) - TEMPERATURE;
  t.ok(Math.abs(after - before + 20 * warmer) < 3, `${after - before} steps for ${warmer} C`);
});

t.test('no best focus is made up', async (t) => {
  t.equal(bestFocus([{ position: 1, fwhmArcsec: 2 }]), undefined);
  const falling = [1, 2, 3, 4].map((position) => ({ position, fwhmArcsec: 10 - position }));
  t.equal(bestFocus(falling), undefined);
  const valley = [0, 100, 200, 300].map((position) => ({
    position,
    fwhmArcsec: Math.hypot(2, (position - 130) / 50),
  }));
  t.equal(bestFocus(valley)?.position, 130);
  t.ok(Math.abs((bestFocus(valley)?.fwhmArcsec ?? 0) - 2) < 1e-6);
  t.equal(
    starWidth({ width: 100, height: 100, pixels: new Uint16Array(10_000).fill(1000) }),
    undefined,
    'no stars',
  );
});
