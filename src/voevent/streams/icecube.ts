// IceCube, by AMON. Revisions of one neutrino have IVORNs of their own and no citations.
import type { StreamReader } from './facts.js';
import { notATarget, packetName } from './gcn-types.js';

export const icecube: StreamReader = {
  reads: (ivorn, params) =>
    /\/AMON#/.test(ivorn) || /^(17[346]|15[789]|169)$/.test(params.text('Packet_Type') ?? ''),
  read(_, params) {
    const [run, event] = [params.text('run_id'), params.text('event_id')];
    const revision = params.number('Rev');
    const error90 = params.number('src_error_90');
    return {
      mission: 'IceCube',
      packetType: packetName(params.packetType),
      eventName: run === undefined || event === undefined ? params.text('AMON_ID') : `${run}_${event}`,
      relation: params.isTrue('Retraction') ? 'retraction' : (revision ?? 0) > 0 ? 'update' : undefined,
      importance: params.number('signalness'),
      skyMapUrl: params.text('skymap_fits'),
      errorDeg: error90,
      errorMeaning: error90 === undefined ? undefined : '90 %',
      notATarget:
        notATarget(params.packetType) ??
        (params.isTrue('Test') || params.isTrue('InternalTest') ? 'it is a trial of IceCube' : undefined),
    };
  },
};
