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
      mission: missionOf(params.text('mission') ?? topic.split('.')[2] ?? topic.split('.')[0] ?? 'GCN'),
      instrument: params.text('instrument'),
      packetType: topic
        .replace(/^gcn\.notices\./, '')
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_'),
      eventName: firstOf(params.text('id') ?? params.text('superevent_id') ?? params.text('event_name')),
      relation: relationOf(params),
      importance: params.number('p_astro') ?? significance(params),
      skyMapUrl: params.text('healpix_url') ?? params.text('event.skymap_url'),
      errorMeaning: containment > 0.8 ? '90 %' : containment < 0.6 ? '50 %' : '1 sigma',
    };
  },
};

function significance(params: ParamBook): number | undefined {
  const text = params.text('event.significant');
  return text === undefined ? undefined : params.isTrue('event.significant') ? 1 : 0.1;
}

function relationOf(params: ParamBook): Relation | undefined {
  const type = params.text('alert_type')?.toLowerCase();
  if (type === 'retraction') return 'retraction';
  if (/^(initial|preliminary|earlywarning)$/.test(type ?? '')) return 'new';
  return type === undefined ? undefined : 'update';
}

/** As the readers of their VOEvents call them, so that both are one history. */
const MISSIONS = ['SVOM', 'Einstein Probe', 'Fermi', 'Swift', 'IceCube', 'MAXI', 'INTEGRAL', 'Konus', 'LVK'];

function missionOf(name: string): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  if (plain(name) === 'igwn') return 'LVK';
  return MISSIONS.find((one) => plain(one) === plain(name)) ?? name;
}

/** Of several names the first, which is the number that the mission's other packets bear. */
function firstOf(names: string | undefined): string | undefined {
  return names?.split(', ')[0];
}
