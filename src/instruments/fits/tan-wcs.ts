// Which pixel of an image shows which point of the sky: FITS's TAN projection, north up, east to the left.
import { type Equatorial, type PlanePoint, TanProjection } from '../../sky/index.js';

const ARCSEC_PER_DEG = 3600;

/** A place in an image in FITS's count: (1, 1) is the middle of the first pixel, at the bottom left. */
export interface PixelPlace {
  x: number;
  y: number;
}

/** The geometry of an image whose middle looks at `centre`. */
export class TanWcs {
  readonly #projection: TanProjection;
  readonly #scaleDeg: number;
  /** The middle of the image, FITS's CRPIX. */
  readonly middle: PixelPlace;

  constructor(
    readonly centre: Equatorial,
    image: { width: number; height: number; pixelScaleArcsec: number },
  ) {
    this.#projection = new TanProjection(centre);
    this.#scaleDeg = image.pixelScaleArcsec / ARCSEC_PER_DEG;
    this.middle = { x: (image.width + 1) / 2, y: (image.height + 1) / 2 };
  }

  /** Degrees on the sky for a step of one pixel, FITS's CDi_j: `[[CD1_1, CD1_2], [CD2_1, CD2_2]]`. */
  get matrixDeg(): readonly [readonly [number, number], readonly [number, number]] {
    return [
      [-this.#scaleDeg, 0],
      [0, this.#scaleDeg],
    ];
  }

  /** Where a point of the sky falls, maybe outside of the image; `undefined` for what is behind the telescope. */
  pixelOf(target: Equatorial): PixelPlace | undefined {
    const point = this.#projection.project(target);
    if (!point) return undefined;
    return {
      x: this.middle.x - point.xiDeg / this.#scaleDeg,
      y: this.middle.y + point.etaDeg / this.#scaleDeg,
    };
  }

  /** What a pixel shows. */
  skyOf(place: PixelPlace): Equatorial {
    const point: PlanePoint = {
      xiDeg: (this.middle.x - place.x) * this.#scaleDeg,
      etaDeg: (place.y - this.middle.y) * this.#scaleDeg,
    };
    return this.#projection.unproject(point);
  }
}
