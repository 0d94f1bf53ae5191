// FITS files as astropy reads them. It belongs to Debian's own Python (python3-astropy), whatever else is installed.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/index.js';

const PYTHON = '/usr/bin/python3';
const SCRIPT = join(packageRoot, 'test', 'instruments', 'python', 'read_fits.py');

/** A test that needs astropy is skipped without it; in CI it fails. */
export const skip =
  !process.env['CI'] &&
  spawnSync(PYTHON, ['-c', 'import astropy']).status !== 0 &&
  `astropy is not installed for ${PYTHON} (Debian: python3-astropy)`;

/** What astropy says of a file. */
export interface AstropyFile {
  error?: string;
  hdus: number;
  dtype: string;
  shape: number[];
  /** Of the pixels, unsigned, first byte first. */
  sha256: string;
  cards: Record<string, string | number | boolean>;
  checksum_ok: boolean;
  /** Of the pixels that were asked for: right ascension and declination in degrees. */
  world?: [number, number][];
}

/** A file, and pixels in FITS's count whose coordinates are wanted. */
export interface AstropyRequest {
  path: string;
  pixels: readonly (readonly [x: number, y: number])[];
}

/** Reads all in one process, since astropy takes a second to start. */
export async function readByAstropy(requests: readonly AstropyRequest[]): Promise<AstropyFile[]> {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${PYTHON} ended with ${code}: is python3-astropy installed?`);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AstropyFile);
}
