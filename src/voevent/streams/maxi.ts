// MAXI on the International Space Station.
import { numbered, type StreamReader } from './facts.js';
import { notATarget, packetName } from './gcn-types.js';

export const maxi: StreamReader = {
  reads: (ivorn) => /\/MAXI#/i.test(ivorn),
  read: (_, params) => ({
    mission: 'MAXI',
    packetType: packetName(params.packetType),
    eventName: numbered(params.number('EVENT_ID_NUM') ?? params.number('TrigID')),
    errorMeaning: '90 %',
    notATarget: notATarget(params.packetType),
  }),
};
