// FITS 4.0: headers, images of unsigned 16-bit pixels, checksums, safe writing.
export type { FitsCard } from './card.js';
export { type FitsPixels, isStructural } from './encode.js';
export { FitsHeader } from './header.js';
export * from './image-header.js';
export * from './preview.js';
export { type FitsFile, fitsImageAt, readFits, readFitsHeader } from './read-fits.js';
export { loadPixels } from './stored-pixels.js';
export * from './tan-wcs.js';
export { type WrittenFits, writeFits } from './write-fits.js';
