// Swift: BAT, XRT and UVOT.
import { numbered, type ParamBook, type StreamReader } from './facts.js';
import { notATarget, packetName } from './gcn-types.js';

export const swift: StreamReader = {
  reads: (ivorn) => /\/SWIFT#/i.test(ivorn),
  read(_, params) {
    const packetType = packetName(params.packetType);
    const instrument = /_(BAT|XRT|UVOT)_/.exec(packetType ?? '')?.[1];
    return {
      mission: 'Swift',
      instrument,
      // They look where BAT has triggered.
      relation: instrument === 'XRT' || instrument === 'UVOT' ? 'update' : undefined,
      packetType,
      eventName: numbered(params.number('TrigID')),
      errorMeaning: '90 %',
      notATarget: notATarget(params.packetType) ?? verdict(params),
    };
  },
};

/** What Swift itself says of its trigger. */
function verdict(params: ParamBook): string | undefined {
  if (params.isTrue('Test_Submission')) return 'it is a test submission of Swift';
  if (params.isTrue('Def_NOT_a_GRB')) return 'Swift says that it is definitely no burst';
  if (params.isTrue('StarTrack_Lost_Lock')) return 'the star tracker of Swift had lost its lock';
  if (params.isTrue('Target_in_Blk_Catalog')) return 'it is in the list of sources that Swift ignores';
  return undefined;
}
