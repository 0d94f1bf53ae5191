// ASAS-SN, by 4 Pi Sky. The local id of the IVORN is a date and the names of the transient.
import type { StreamReader } from './facts.js';

export const asassn: StreamReader = {
  reads: (ivorn) => /\/ASASSN#/i.test(ivorn),
  read: ({ ivorn }, params) => ({
    mission: 'ASAS-SN',
    packetType: 'ASASSN_TRANSIENT',
    eventName: params.text('id_assassn') ?? ivorn.split('#')[1],
  }),
};
