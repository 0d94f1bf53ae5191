// pyros fits: the header of a FITS file, or a picture of its image.
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { Argument, Command } from 'commander';
import { PNG } from 'pngjs';
import { type FitsCard, preview, readFits, readFitsHeader } from '../../src/instruments/index.js';
import { CommandFailure } from '../errors.js';
import { isSystemError } from '../exit-code.js';
import { printJson, writeOutput } from '../output.js';
import { countFrom } from './common.js';

interface Options {
  output?: string;
  size: number;
  json?: boolean;
}

const DEFAULT_SIZE = 1024;
const CARD_LENGTH = 80;

/** One byte a pixel, in and out. */
const GREY = { colorType: 0, inputColorType: 0, bitDepth: 8, inputHasAlpha: false } as const;

/** A header is not longer, and an image with it neither. */
const MAX_HEADER_BYTES = 1_000_000;
const MAX_FILE_BYTES = 600_000_000;

export function fitsCommand(): Command {
  return new Command('fits')
    .description('Show the header of a FITS file, or make a picture of its image as PNG.')
    .addArgument(new Argument('<what>', 'what to do').choices(['head', 'preview']))
    .argument('<file>', 'the FITS file')
    .option('-o, --output <path>', 'where the picture goes; - for standard output (default: <file>.png)')
    .option('--size <pixels>', 'longest side of the picture', countFrom(1), DEFAULT_SIZE)
    .option('--json', 'the header as JSON, one object for each card')
    .action(async (what: string, file: string, options: Options) => {
      if (what === 'head') await showHead(file, options.json ?? false);
      else await makePreview(file, options);
    });
}

async function showHead(file: string, json: boolean): Promise<void> {
  const bytes = beginning(file, MAX_HEADER_BYTES);
  const { header, headerBytes } = readFitsHeader(bytes);
  if (json) return printJson(header.cards.map(plainCard));
  const text = bytes.toString('latin1', 0, headerBytes);
  const lines = Array.from({ length: headerBytes / CARD_LENGTH }, (_, n) =>
    text.slice(n * CARD_LENGTH, (n + 1) * CARD_LENGTH).trimEnd(),
  );
  return writeOutput(`${lines.slice(0, lines.indexOf('END')).join('\n')}\n`);
}

async function makePreview(file: string, { output = `${file}.png`, size }: Options): Promise<void> {
  const { width, height, shades } = preview(readFits(beginning(file, MAX_FILE_BYTES)), { longestSide: size });
  const picture = new PNG({ width, height });
  picture.data = Buffer.from(shades);
  const png = PNG.sync.write(picture, GREY);
  if (output === '-') await writeOutput(png);
  else writeFileSync(output, png);
}

/** As JSON: its value as it is, and nothing that is not there. */
function plainCard(card: FitsCard): Record<string, unknown> {
  const { keyword, comment, unit } = card;
  const value = 'value' in card ? card.value : null;
  return { keyword, value, ...(unit && { unit }), ...(comment && { comment }) };
}

/** The first bytes of a file. @throws CommandFailure `NO_INPUT` */
function beginning(file: string, atMost: number): Buffer {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(fstatSync(descriptor).size, atMost));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const [, reason = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
    throw new CommandFailure('NO_INPUT', `cannot read ${file}: ${reason}`, error);
  }
}
