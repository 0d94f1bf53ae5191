import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import t from 'tap';
import { FitsHeader, preview, writeFits } from '../../src/instruments/index.js';
import { runPyros } from './run-pyros.js';

/** Sky of 1000 with some noise, a faint patch at the lower left, and a bright point at the upper right. */
function sky(width: number, height: number) {
  const pixels = Uint16Array.from({ length: width * height }, (_, n) => 1000 + ((n * 7919) % 41) - 20);
  for (let y = 10; y < 20; y += 1) for (let x = 10; x < 20; x += 1) pixels[y * width + x] = 1080;
  pixels[(height - 5) * width + width - 5] = 65_535;
  return { width, height, pixels };
}

t.test('head shows the cards, as they are or as JSON', async (t) => {
  const path = join(t.testdir(), 'image.fits');
  const header = new FitsHeader()
    .setText('FILTER', "g'", 'filter')
    .setReal('EXPTIME', 30, 'exposure', 's')
    .addComment('so');
  await writeFits(path, header, sky(50, 40));
  const { code, stdout } = await runPyros('fits', 'head', path);
  t.equal(code, 0);
  const lines = stdout.split('\n');
  t.match(lines[0], /^SIMPLE {2}= {20}T \/ conforms/);
  t.ok(lines.some((line) => line.startsWith("FILTER  = 'g''     '")));
  t.notMatch(stdout, 'END');
  const json = JSON.parse((await runPyros('fits', 'head', path, '--json')).stdout) as { keyword: string }[];
  const card = (keyword: string) => json.find((one) => one.keyword === keyword);
  t.same(card('EXPTIME'), { keyword: 'EXPTIME', value: 30, unit: 's', comment: 'exposure' });
  t.same(card('COMMENT'), { keyword: 'COMMENT', value: 'so' });
  t.match(card('NAXIS1'), { value: 50 });
});

t.test('preview makes a picture in which faint and bright are seen, north up', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'image.fits');
  await writeFits(path, new FitsHeader(), sky(100, 80));
  t.same(await runPyros('fits', 'preview', path), { code: 0, stdout: '', stderr: '' });
  const png = PNG.sync.read(readFileSync(`${path}.png`));
  t.match(png, { width: 100, height: 80 });
  // pngjs gives four bytes a pixel.
  const shade = (x: number, y: number) => png.data[4 * (y * png.width + x)] ?? -1;
  t.equal(shade(95, 4), 255, 'the last row of FITS is the top one');
  t.ok(shade(15, 65) > shade(50, 40) + 20, 'what is little above the sky is seen');
  t.ok(shade(50, 40) > 5 && shade(50, 40) < 130, 'the sky is a dark grey');
  const small = join(folder, 'small.png');
  t.equal((await runPyros('fits', 'preview', path, '-o', small, '--size', '40')).code, 0);
  t.match(PNG.sync.read(readFileSync(small)), { width: 33, height: 26 });
});

t.test('pictures of odd images can be made', async (t) => {
  const odd = (width: number, height: number, value: number) => ({
    width,
    height,
    pixels: new Uint16Array(width * height).fill(value),
  });
  for (const value of [0, 1, 65_535]) {
    t.match(preview(odd(1, 1, value)), { width: 1, height: 1 });
    t.match(preview(odd(3000, 2, value)), { width: 1000, height: 1 });
    const { shades } = preview(odd(20, 20, value));
    t.ok(
      shades.every((one) => one === shades[0]),
      `an even image of ${value} is even`,
    );
  }
  t.throws(() => preview(odd(2, 2, 1), { longestSide: 0 }), { code: 'INVALID_VALUE' });
});

t.test('what cannot be shown is told, with an exit code', async (t) => {
  const folder = t.testdir({ empty: '', text: 'no FITS' });
  const path = join(folder, 'image.fits');
  await writeFits(path, new FitsHeader(), sky(50, 40));
  writeFileSync(join(folder, 'cut'), readFileSync(path).subarray(0, 4000));
  const outcomes = await Promise.all([
    runPyros('fits', 'head', join(folder, 'nothing')),
    runPyros('fits', 'head', folder),
    runPyros('fits', 'head', join(folder, 'empty')),
    runPyros('fits', 'preview', join(folder, 'cut')),
    runPyros('fits', 'preview', path, '-o', join(folder, 'no', 'folder.png')),
    runPyros('fits', 'show', path),
  ]);
  t.same(
    outcomes.map(({ code }) => code),
    [66, 66, 1, 1, 1, 64],
  );
  t.match(outcomes[0]?.stderr, /cannot read .*nothing/);
  t.match(outcomes[3]?.stderr, /not a whole FITS file/);
});
