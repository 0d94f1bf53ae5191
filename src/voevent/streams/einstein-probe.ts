// Einstein Probe: WXT and FXT, in VOEvents of brokers; its own notices are JSON (gcn-json.ts).
import type { StreamReader } from './facts.js';

export const einsteinProbe: StreamReader = {
  reads: (ivorn) => /(einstein[._-]?probe|\/EP)[#/]/i.test(ivorn),
  read: ({ ivorn }, params) => ({
    mission: 'Einstein Probe',
    instrument: params.text('instrument') ?? params.text('Instrument') ?? 'WXT',
    packetType: 'EP_WXT_ALERT',
    eventName: params.text('id') ?? params.text('TrigID') ?? ivorn.split('#')[1],
    errorMeaning: '90 %',
  }),
};
