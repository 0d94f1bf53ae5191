// Fermi: GBM and LAT.
import { numbered, type StreamReader } from './facts.js';
import { notATarget, packetName } from './gcn-types.js';

const FIRST = new Set(['FERMI_GBM_ALERT', 'FERMI_LAT_POS_INI', 'FERMI_LAT_OFFLINE', 'FERMI_GBM_SUBTHRESH']);

export const fermi: StreamReader = {
  reads: (ivorn) => /\/Fermi#/i.test(ivorn),
  read(event, params) {
    const packetType = packetName(params.packetType);
    const instrument = /_(GBM|LAT)_/.exec(packetType ?? '')?.[1];
    return {
      mission: 'Fermi',
      instrument,
      packetType,
      eventName: numbered(params.number('TrigID')),
      relation: FIRST.has(packetType ?? '') && event.citations.length === 0 ? 'new' : undefined,
      // Of the statistical error only; that of GBM has several degrees of systematic error besides.
      errorMeaning: instrument === 'GBM' ? '1 sigma' : '90 %',
      skyMapUrl: params.text('LocationMap_URL') ?? params.text('HealPix_URL'),
      notATarget:
        notATarget(params.packetType) ??
        (params.isTrue('Test_Submission') ? 'it is a test submission of Fermi' : undefined) ??
        (params.isTrue('Def_NOT_a_GRB') ? 'Fermi says that it is definitely no burst' : undefined),
    };
  },
};
