// Konus-Wind: light curves, without a position.
import { numbered, type StreamReader } from './facts.js';
import { packetName } from './gcn-types.js';

export const konus: StreamReader = {
  reads: (ivorn) => /\/KONUS#/i.test(ivorn),
  read: (_, params) => ({
    mission: 'Konus',
    packetType: packetName(params.packetType) ?? 'KONUS_LC',
    eventName: numbered(params.number('TrigID')),
  }),
};
