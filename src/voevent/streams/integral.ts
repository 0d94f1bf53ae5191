// INTEGRAL.
import { numbered, type StreamReader } from './facts.js';
import { notATarget, packetName } from './gcn-types.js';

const UPDATES = new Set(['INTEGRAL_REFINED', 'INTEGRAL_OFFLINE']);

export const integral: StreamReader = {
  reads: (ivorn) => /\/INTEGRAL#/i.test(ivorn),
  read(_, params) {
    const packetType = packetName(params.packetType);
    return {
      mission: 'INTEGRAL',
      instrument: packetType === 'INTEGRAL_SPIACS' ? 'SPI-ACS' : 'IBIS',
      packetType,
      eventName: numbered(params.number('TrigID')),
      relation: UPDATES.has(packetType ?? '') ? 'update' : undefined,
      errorMeaning: '90 %',
      notATarget:
        notATarget(params.packetType) ??
        (params.isTrue('Test_Notice') || params.isTrue('Test_Submission')
          ? 'it is a test of INTEGRAL'
          : undefined) ??
        (params.isTrue('Def_NOT_a_GRB') ? 'INTEGRAL says that it is definitely no burst' : undefined),
    };
  },
};
