// Notices of GCN's Unified Schema, which gcn/json-notice.ts writes as VOEvents: their params are the fields of the JSON.
import type { ParamBook, Relation, StreamReader } from './facts.js';

/** Beginning of the IVORNs of such VOEvents; then comes the topic. */
export const JSON_STREAM = 'ivo://org.pyros/gcn/';

const PROBABILITY = 0.9;

export const gcnJson: StreamReader = {
  reads: (ivorn) => ivorn.startsWith(JSON_STREAM),
  read({ ivorn }, params) {
    const topic = ivorn.slice(JSON_STREAM.length).split('#')[0] ?? '';
    const containment = params.number('containment_probability') ?? PROBABILITY;
    return {
      mission: params.text('mission') ?? topic.split('.')[2] ?? 'GCN',
      instrument: params.text('instrument'),
      packetType: topic
        .replace(/^gcn\.notices\./, '')
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_'),
      eventName: params.text('event_name') ?? params.text('id') ?? params.text('ref_ID'),
      relation: relationOf(params),
      importance: params.number('p_astro') ?? params.number('signalness'),
      skyMapUrl: params.text('healpix_url'),
      errorMeaning: containment > 0.8 ? '90 %' : containment < 0.6 ? '50 %' : '1 sigma',
    };
  },
};

function relationOf(params: ParamBook): Relation | undefined {
  const type = params.text('alert_type')?.toLowerCase();
  if (type === 'retraction') return 'retraction';
  if (type === 'update') return 'update';
  return type === 'initial' ? 'new' : undefined;
}
