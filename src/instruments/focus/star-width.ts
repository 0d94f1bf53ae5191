// How wide the stars of a frame are: for focusing.

/** A frame, as far as it is needed here. */
interface Image {
  width: number;
  height: number;
  pixels: Uint16Array;
}

/** Only the middle of a large frame is looked at: a tenth of a second is too long for an agent. */
const LARGEST_SIDE = 768;
/** Half of the side of the square around a star that is looked at. */
const REACH = 20;
/** Above the sky, in units of its noise. */
const LEAST_SIGNIFICANCE = 30;
const SATURATED_ADU = 60_000;
const MOST_STARS = 60;
/** With fewer the median says little. */
const LEAST_STARS = 3;
/** A star has light beside its brightest pixel, a hot pixel has not. */
const LEAST_NEIGHBOUR_PART = 0.15;

/** Full width at half maximum in pixels, the median of the bright stars; `undefined` when there are too few. */
export function starWidth(image: Image): number | undefined {
  const sky = skyOf(image.pixels);
  const stars = peaks(image, sky).slice(0, MOST_STARS);
  const widths = stars.map((at) => widthOf(image, at, sky.level)).sort((a, b) => a - b);
  return widths.length < LEAST_STARS ? undefined : widths[widths.length >> 1];
}

interface Sky {
  level: number;
  noise: number;
}

/** The median, and the noise from the lower half, in which there are no stars; of a thousandth of the pixels at least. */
function skyOf(pixels: Uint16Array): Sky {
  const step = Math.max(1, Math.floor(pixels.length / 10_007));
  const sample = Uint16Array.from(
    { length: Math.floor(pixels.length / step) },
    (_, n) => pixels[n * step] ?? 0,
  ).sort();
  const at = (part: number) => sample[Math.floor(part * (sample.length - 1))] ?? 0;
  // The 16th percentile is one standard deviation below the median.
  return { level: at(0.5), noise: Math.max(1, at(0.5) - at(0.159)) };
}

/** Places of the brightest pixels of stars, brightest first. */
function peaks({ width, height, pixels }: Image, { level, noise }: Sky): number[] {
  const [left, right] = middle(width);
  const [bottom, top] = middle(height);
  const least = level + LEAST_SIGNIFICANCE * noise;
  const found: number[] = [];
  for (let row = bottom; row < top; row += 1) {
    for (let at = row * width + left; at < row * width + right; at += 1) {
      const value = pixels[at] as number;
      if (value > least && value < SATURATED_ADU && isPeak(pixels, at, width, level)) found.push(at);
    }
  }
  return found.sort((a, b) => (pixels[b] as number) - (pixels[a] as number));
}

/** The part of a side that is looked at, with room for a star at its edges. */
function middle(size: number): [from: number, to: number] {
  const margin = Math.max(REACH, Math.floor((size - LARGEST_SIDE) / 2));
  return [margin, size - margin];
}

/** Higher than all around within reach of the narrowest star, and no single pixel. */
function isPeak(pixels: Uint16Array, at: number, width: number, level: number): boolean {
  const value = pixels[at] as number;
  let beside = 0;
  for (let row = -2; row <= 2; row += 1) {
    for (let column = -2; column <= 2; column += 1) {
      const other = pixels[at + row * width + column] as number;
      if (other > value || (other === value && (row < 0 || (row === 0 && column < 0)))) return false;
      if (Math.abs(row) + Math.abs(column) === 1) beside += other - level;
    }
  }
  return beside / 4 > LEAST_NEIGHBOUR_PART * (value - level);
}

/** From the area of the pixels that are connected with the peak and above half of it. */
function widthOf({ width, pixels }: Image, peak: number, level: number): number {
  const half = level + ((pixels[peak] as number) - level) / 2;
  const seen = new Set([peak]);
  const open = [peak];
  const [x, y] = [peak % width, Math.floor(peak / width)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of [at - 1, at + 1, at - width, at + width]) {
      const inside = Math.abs((next % width) - x) < REACH && Math.abs(Math.floor(next / width) - y) < REACH;
      if (!inside || seen.has(next) || (pixels[next] ?? 0) < half) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return 2 * Math.sqrt(seen.size / Math.PI);
}
