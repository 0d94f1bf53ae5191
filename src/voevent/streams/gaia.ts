// Gaia science alerts. The local id of the IVORN is the name of the transient.
import type { StreamReader } from './facts.js';

export const gaia: StreamReader = {
  reads: (ivorn) => /^ivo:\/\/gaia\.cam\.uk\//.test(ivorn),
  read: ({ ivorn }) => ({ mission: 'Gaia', packetType: 'GAIA_ALERT', eventName: ivorn.split('#')[1] }),
};
