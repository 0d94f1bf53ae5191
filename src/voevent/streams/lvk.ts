// LIGO, Virgo and KAGRA. Their packets have no position but a sky map; a retraction comes without citations.

import type { ParamBook, Relation, StreamReader } from './facts.js';
import { packetName } from './gcn-types.js';

const RETRACTION = 164;
/** AlertType of what comes first. */
const FIRST = /^(preliminary|earlywarning)$/i;

export const lvk: StreamReader = {
  reads: (ivorn, params) =>
    /^ivo:\/\/(gwnet|nasa\.gsfc\.gcn)\/(LVC|LVK)#/.test(ivorn) || params.text('GraceID') !== undefined,
  read(_, params) {
    return {
      mission: 'LVK',
      instrument: params.text('Instruments'),
      packetType: packetName(params.packetType),
      eventName: params.text('GraceID'),
      relation: relationOf(params),
      importance:
        params.text('Significant') === undefined ? undefined : params.isTrue('Significant') ? 1 : 0.1,
      skyMapUrl: params.text('skymap_fits'),
      errorMeaning: '90 %',
      notATarget: params.isTrue('HardwareInj') ? 'it is an injection into the hardware' : undefined,
    };
  },
};

function relationOf(params: ParamBook): Relation {
  const type = params.text('AlertType') ?? '';
  if (params.packetType === RETRACTION || /^retraction$/i.test(type)) return 'retraction';
  return FIRST.test(type) && (params.number('Pkt_Ser_Num') ?? 1) <= 1 ? 'new' : 'update';
}
