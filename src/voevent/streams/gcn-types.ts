// The kinds of packets of GCN Classic, by their numbers (Packet_Type).

/** What a kind of packet is about. */
export type PacketKind =
  /** A transient, with or without a position. */
  | 'transient'
  /** Where a spacecraft points or will point. */
  | 'pointing'
  /** That nothing was found. */
  | 'nothing'
  /** Data of a transient that other packets have told of. */
  | 'data'
  /** A source that is known and watched. */
  | 'known'
  /** A trial, whatever its role says. */
  | 'test'
  /** For the connection: alive, close. */
  | 'control';

type Row = readonly [name: string, kind: PacketKind];

const TYPES: ReadonlyMap<number, Row> = new Map<number, Row>([
  [2, ['TEST_COORDS', 'test']],
  [3, ['IM_ALIVE', 'control']],
  [4, ['KILL_SOCKET', 'control']],
  [31, ['IPN_RAW', 'transient']],
  [39, ['IPN_POS', 'transient']],
  [51, ['INTEGRAL_POINTDIR', 'pointing']],
  [52, ['INTEGRAL_SPIACS', 'transient']],
  [53, ['INTEGRAL_WAKEUP', 'transient']],
  [54, ['INTEGRAL_REFINED', 'transient']],
  [55, ['INTEGRAL_OFFLINE', 'transient']],
  [56, ['INTEGRAL_WEAK', 'transient']],
  [59, ['KONUS_LC', 'transient']],
  [60, ['SWIFT_BAT_GRB_ALERT', 'transient']],
  [61, ['SWIFT_BAT_GRB_POS_ACK', 'transient']],
  [62, ['SWIFT_BAT_GRB_POS_NACK', 'nothing']],
  [63, ['SWIFT_BAT_GRB_LC', 'data']],
  [64, ['SWIFT_BAT_SCALEDMAP', 'data']],
  [65, ['SWIFT_FOM_OBS', 'pointing']],
  [66, ['SWIFT_SC_SLEW', 'pointing']],
  [67, ['SWIFT_XRT_POSITION', 'transient']],
  [68, ['SWIFT_XRT_SPECTRUM', 'data']],
  [69, ['SWIFT_XRT_IMAGE', 'data']],
  [70, ['SWIFT_XRT_LC', 'data']],
  [71, ['SWIFT_XRT_CENTROID', 'nothing']],
  [72, ['SWIFT_UVOT_DBURST', 'data']],
  [73, ['SWIFT_UVOT_FCHART', 'data']],
  [76, ['SWIFT_BAT_GRB_LC_PROC', 'data']],
  [77, ['SWIFT_XRT_SPECTRUM_PROC', 'data']],
  [78, ['SWIFT_XRT_IMAGE_PROC', 'data']],
  [79, ['SWIFT_UVOT_DBURST_PROC', 'data']],
  [80, ['SWIFT_UVOT_FCHART_PROC', 'data']],
  [81, ['SWIFT_UVOT_POS', 'transient']],
  [82, ['SWIFT_BAT_GRB_POS_TEST', 'test']],
  [83, ['SWIFT_POINTDIR', 'pointing']],
  [84, ['SWIFT_BAT_TRANS', 'transient']],
  [89, ['SWIFT_UVOT_POS_NACK', 'nothing']],
  [97, ['SWIFT_BAT_QL_POS', 'transient']],
  [98, ['SWIFT_BAT_SUBTHRESHOLD', 'transient']],
  [99, ['SWIFT_BAT_SLEW_POS', 'transient']],
  [100, ['AGILE_GRB_WAKEUP', 'transient']],
  [101, ['AGILE_GRB_GROUND', 'transient']],
  [102, ['AGILE_GRB_REFINED', 'transient']],
  [103, ['SWIFT_ACTUAL_POINTDIR', 'pointing']],
  [105, ['AGILE_MCAL_ALERT', 'transient']],
  [107, ['AGILE_POINTDIR', 'pointing']],
  [109, ['AGILE_GRB_POS_TEST', 'test']],
  [110, ['FERMI_GBM_ALERT', 'transient']],
  [111, ['FERMI_GBM_FLT_POS', 'transient']],
  [112, ['FERMI_GBM_GND_POS', 'transient']],
  [115, ['FERMI_GBM_FIN_POS', 'transient']],
  [119, ['FERMI_GBM_POS_TEST', 'test']],
  [120, ['FERMI_LAT_POS_INI', 'transient']],
  [121, ['FERMI_LAT_POS_UPD', 'transient']],
  [122, ['FERMI_LAT_POS_DIAG', 'data']],
  [123, ['FERMI_LAT_TRANS', 'transient']],
  [124, ['FERMI_LAT_POS_TEST', 'test']],
  [125, ['FERMI_LAT_MONITOR', 'known']],
  [126, ['FERMI_SC_SLEW', 'pointing']],
  [127, ['FERMI_LAT_GND', 'transient']],
  [128, ['FERMI_LAT_OFFLINE', 'transient']],
  [129, ['FERMI_POINTDIR', 'pointing']],
  [130, ['SIMBADNED', 'data']],
  [131, ['FERMI_GBM_SUBTHRESH', 'transient']],
  [133, ['SWIFT_BAT_MONITOR', 'known']],
  [134, ['MAXI_UNKNOWN', 'transient']],
  [135, ['MAXI_KNOWN', 'known']],
  [136, ['MAXI_TEST', 'test']],
  [140, ['SWIFT_BAT_SUB_SUB_THRESH_POS', 'transient']],
  [141, ['SWIFT_BAT_KNOWN_SRC', 'known']],
  [144, ['FERMI_SC_SLEW_INTERNAL', 'pointing']],
  [150, ['LVC_PRELIMINARY', 'transient']],
  [151, ['LVC_INITIAL', 'transient']],
  [152, ['LVC_UPDATE', 'transient']],
  [153, ['LVC_TEST', 'test']],
  [154, ['LVC_COUNTERPART', 'transient']],
  [157, ['AMON_ICECUBE_COINC', 'transient']],
  [158, ['AMON_ICECUBE_HESE', 'transient']],
  [159, ['AMON_ICECUBE_TEST', 'test']],
  [160, ['CALET_GBM_FLT_LC', 'transient']],
  [161, ['CALET_GBM_GND_LC', 'transient']],
  [163, ['LVC_EARLY_WARNING', 'transient']],
  [164, ['LVC_RETRACTION', 'transient']],
  [169, ['AMON_ICECUBE_EHE', 'transient']],
  [171, ['HAWC_BURST_MONITOR', 'transient']],
  [172, ['AMON_NU_EM_COINC', 'transient']],
  [173, ['ICECUBE_ASTROTRACK_GOLD', 'transient']],
  [174, ['ICECUBE_ASTROTRACK_BRONZE', 'transient']],
  [175, ['SK_SN', 'transient']],
  [176, ['ICECUBE_CASCADE', 'transient']],
  [188, ['GECAM_FLT', 'transient']],
  [189, ['GECAM_GND', 'transient']],
]);

/** GCN's name of a kind of packet. */
export function packetName(number: number | undefined): string | undefined {
  return number === undefined ? undefined : TYPES.get(number)?.[0];
}

const NOT_A_TARGET: Readonly<Record<PacketKind, string | undefined>> = {
  transient: undefined,
  pointing: 'it tells where a spacecraft points, not where something was found',
  nothing: 'it tells that nothing was found there',
  data: 'it has data of a transient that other packets tell of',
  known: 'it is about a source that is known',
  test: 'it is a trial by its kind of packet',
  control: 'it is for the connection, not about the sky',
};

/** Why the position of such a packet is not to be observed; `undefined` when it is that of a transient. */
export function notATarget(number: number | undefined): string | undefined {
  const kind = number === undefined ? undefined : TYPES.get(number)?.[1];
  return kind && NOT_A_TARGET[kind];
}
