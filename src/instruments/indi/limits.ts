// What an INDI server may make us keep.

/** Bounds of one connection. What is over one of them closes it. */
export interface IndiLimits {
  /** Characters of one element, without the contents of BLOBs. */
  elementBytes: number;
  /** Bytes of the BLOBs of one element, decoded. */
  blobBytes: number;
  /** Elements in a vector. */
  members: number;
  devices: number;
  /** Of all devices together. */
  properties: number;
  /** Bytes of XML of the present state of all properties. */
  stateBytes: number;
}

/** Many times what a large observatory has: 187 properties of six devices take 150 kB. */
export const DEFAULT_INDI_LIMITS: Readonly<IndiLimits> = {
  elementBytes: 1024 * 1024,
  blobBytes: 512 * 1024 * 1024,
  members: 4096,
  devices: 256,
  properties: 20_000,
  stateBytes: 32 * 1024 * 1024,
};
