// Rotation matrices, flat and fast.
import type { RotationMatrix } from 'astronomy-engine';
import type { Vector3 } from './angles.js';

/** Turns vectors from one set of axes into another, and back. */
export class Rotation {
  readonly #columns: readonly (readonly number[])[];

  /** Takes a matrix as astronomy-engine makes them: `rot[column][row]`. */
  constructor(matrix: RotationMatrix) {
    this.#columns = matrix.rot;
  }

  apply(vector: Vector3): Vector3 {
    const [a, b, c] = this.#columns as [Vector3, Vector3, Vector3];
    const [x, y, z] = vector;
    return [a[0] * x + b[0] * y + c[0] * z, a[1] * x + b[1] * y + c[1] * z, a[2] * x + b[2] * y + c[2] * z];
  }

  /** The reverse of {@link Rotation.apply}. */
  undo(vector: Vector3): Vector3 {
    const [a, b, c] = this.#columns as [Vector3, Vector3, Vector3];
    const [x, y, z] = vector;
    return [a[0] * x + a[1] * y + a[2] * z, b[0] * x + b[1] * y + b[2] * z, c[0] * x + c[1] * y + c[2] * z];
  }
}
