// SVOM: GRM, ECLAIRs, MXT, VT. The local id of the IVORN names the burst and the kind of notice.
import type { StreamReader } from './facts.js';

export const svom: StreamReader = {
  reads: (ivorn) => ivorn.startsWith('ivo://org.svom/'),
  read({ ivorn }, params) {
    const [burst, kind] = /#(sb\w+?)_([\w-]+)$/.exec(ivorn)?.slice(1) ?? [];
    const isSlew = /slewing/i.test(kind ?? '');
    return {
      mission: 'SVOM',
      instrument: params.text('Instrument'),
      packetType: kind === undefined ? undefined : `SVOM_${kind.toUpperCase().replaceAll('-', '_')}`,
      eventName: params.text('Burst_Id') ?? burst,
      errorMeaning: '90 %',
      relation: /retraction/i.test(kind ?? '') ? 'retraction' : isSlew ? 'update' : undefined,
      notATarget: isSlew ? 'it tells whether SVOM slews to a burst that other packets tell of' : undefined,
    };
  },
};
