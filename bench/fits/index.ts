// FITS files and the images of INDI cameras: speed, and that nothing else waits for them.
import type { Benchmark } from '../figure.js';
import { fitsFigures } from '../instruments/fits.js';
import { indiFigures } from '../instruments/indi.js';

const fits: Benchmark = async (options) => [...(await indiFigures(options)), ...(await fitsFigures(options))];

export default fits;
