// Where an observatory stands.

/** A place on the Earth (WGS 84). */
export interface Site {
  name: string;
  /** -90 to 90, north positive. */
  latitudeDeg: number;
  /** -180 to 180, east positive. */
  longitudeDeg: number;
  /** Above the sea. */
  altitudeM: number;
}
