// The brightest sources of an image.

interface Image {
  width: number;
  height: number;
  pixels: Uint16Array;
}

/** Pixels within which two peaks are of one source, and light is gathered. */
const RADIUS = 6;

/** Middles of the brightest sources, in FITS's count of pixels: weighted by light above the mean. */
export function brightest(image: Image, count: number): { x: number; y: number }[] {
  const { width, height } = image;
  const pixels = Float64Array.from(image.pixels);
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  return Array.from({ length: count }, () => {
    const peak = pixels.reduce((best, value, index) => (value > (pixels[best] as number) ? index : best), 0);
    const [x, y] = [peak % width, Math.floor(peak / width)];
    let [light, sumX, sumY] = [0, 0, 0];
    for (let row = Math.max(0, y - RADIUS); row <= Math.min(height - 1, y + RADIUS); row += 1) {
      for (let column = Math.max(0, x - RADIUS); column <= Math.min(width - 1, x + RADIUS); column += 1) {
        const above = Math.max(0, (pixels[row * width + column] as number) - mean);
        [light, sumX, sumY] = [light + above, sumX + above * column, sumY + above * row];
        pixels[row * width + column] = 0;
      }
    }
    return { x: sumX / light + 1, y: sumY / light + 1 };
  });
}
