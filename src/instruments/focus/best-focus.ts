// The best focus from the widths of stars at several places.

/** The width of the stars at a place of the focuser. */
export interface FocusPoint {
  position: number;
  fwhmArcsec: number;
}

/**
 * The lowest point of the V curve. Seeing and defocus add up as squares, so the square of the width is a parabola of the
 * place: fitted by least squares. `undefined` when the points do not enclose a lowest one.
 */
export function bestFocus(points: readonly FocusPoint[]): FocusPoint | undefined {
  const places = points.map(({ position }) => position);
  const [least, most] = [Math.min(...places), Math.max(...places)];
  const middle = (least + most) / 2;
  const scale = (most - least) / 2;
  if (points.length < 3 || scale === 0) return undefined;
  const fit = parabola(
    points.map(({ position, fwhmArcsec }) => [(position - middle) / scale, fwhmArcsec ** 2]),
  );
  if (!fit) return undefined;
  const [a, b, c] = fit;
  const x = -b / (2 * a);
  if (!(a > 0) || Math.abs(x) > 1) return undefined;
  const square = c - (b * b) / (4 * a);
  return { position: Math.round(middle + x * scale), fwhmArcsec: Math.sqrt(Math.max(0, square)) };
}

/** `a x² + b x + c` by least squares. */
function parabola(
  points: readonly (readonly [x: number, y: number])[],
): [a: number, b: number, c: number] | undefined {
  const sum = (power: number, withY: boolean) =>
    points.reduce((total, [x, y]) => total + x ** power * (withY ? y : 1), 0);
  const [s0, s1, s2, s3, s4] = [0, 1, 2, 3, 4].map((power) => sum(power, false)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [t0, t1, t2] = [0, 1, 2].map((power) => sum(power, true)) as [number, number, number];
  const whole = determinant(s4, s3, s2, s3, s2, s1, s2, s1, s0);
  if (Math.abs(whole) < 1e-12) return undefined;
  return [
    determinant(t2, s3, s2, t1, s2, s1, t0, s1, s0) / whole,
    determinant(s4, t2, s2, s3, t1, s1, s2, t0, s0) / whole,
    determinant(s4, s3, t2, s3, s2, t1, s2, s1, t0) / whole,
  ];
}

function determinant(
  ...[a, b, c, d, e, f, g, h, i]: [number, number, number, number, number, number, number, number, number]
): number {
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}
