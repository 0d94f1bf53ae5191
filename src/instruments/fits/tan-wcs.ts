// Which pixel of an image shows which point of the sky: FITS's TAN projection.
import { type Equatorial, type PlanePoint, RAD_PER_DEG, TanProjection } from '../../sky/index.js';

const ARCSEC_PER_DEG = 3600;

/** A place in an image in FITS's count: (1, 1) is the middle of the first pixel, at the bottom left. */
export interface PixelPlace {
  x: number;
  y: number;
}

/** What must be known of an image. */
export interface ImageGeometry {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  pixelScaleArcsec: number;
  /** Direction of the columns (upwards) on the sky, from north by east. @defaultValue 0: north up, east to the left */
  positionAngleDeg?: number;
}

/** The geometry of an image whose middle looks at `centre`. */
export class TanWcs {
  readonly #projection: TanProjection;
  readonly #scaleDeg: number;
  readonly #sin: number;
  readonly #cos: number;
  /** The middle of the image, FITS's CRPIX. */
  readonly middle: PixelPlace;

  constructor(
    readonly centre: Equatorial,
    image: ImageGeometry,
  ) {
    const angle = (image.positionAngleDeg ?? 0) * RAD_PER_DEG;
    [this.#sin, this.#cos] = [Math.sin(angle), Math.cos(angle)];
    this.#projection = new TanProjection(centre);
    this.#scaleDeg = image.pixelScaleArcsec / ARCSEC_PER_DEG;
    this.middle = { x: (image.width + 1) / 2, y: (image.height + 1) / 2 };
  }

  /** Degrees on the sky for a step of one pixel, FITS's CDi_j: `[[CD1_1, CD1_2], [CD2_1, CD2_2]]`. */
  get matrixDeg(): readonly [readonly [number, number], readonly [number, number]] {
    const [sin, cos] = [this.#sin * this.#scaleDeg, this.#cos * this.#scaleDeg];
    return [
      [-cos, sin],
      [sin, cos],
    ];
  }

  /** Where a point of the sky falls, maybe outside of the image; `undefined` for what is behind the telescope. */
  pixelOf(target: Equatorial): PixelPlace | undefined {
    const point = this.#projection.project(target);
    if (!point) return undefined;
    // The matrix is its own inverse, but for the scale.
    return {
      x: this.middle.x + (this.#sin * point.etaDeg - this.#cos * point.xiDeg) / this.#scaleDeg,
      y: this.middle.y + (this.#sin * point.xiDeg + this.#cos * point.etaDeg) / this.#scaleDeg,
    };
  }

  /** What a pixel shows. */
  skyOf(place: PixelPlace): Equatorial {
    const [x, y] = [(place.x - this.middle.x) * this.#scaleDeg, (place.y - this.middle.y) * this.#scaleDeg];
    const point: PlanePoint = {
      xiDeg: this.#sin * y - this.#cos * x,
      etaDeg: this.#sin * x + this.#cos * y,
    };
    return this.#projection.unproject(point);
  }
}
