// The missions whose packets are known, and how all others are read.
import type { VOEvent } from '../model.js';
import { asassn } from './asassn.js';
import { einsteinProbe } from './einstein-probe.js';
import { type Facts, numbered, ParamBook, type StreamReader } from './facts.js';
import { fermi } from './fermi.js';
import { gaia } from './gaia.js';
import { gcnJson } from './gcn-json.js';
import { notATarget, packetName } from './gcn-types.js';
import { icecube } from './icecube.js';
import { integral } from './integral.js';
import { konus } from './konus.js';
import { lvk } from './lvk.js';
import { maxi } from './maxi.js';
import { svom } from './svom.js';
import { swift } from './swift.js';

/** The first that says that it reads a packet, reads it. */
const READERS: readonly StreamReader[] = [
  swift,
  fermi,
  svom,
  gcnJson,
  icecube,
  lvk,
  integral,
  konus,
  maxi,
  gaia,
  asassn,
  einsteinProbe,
];

/** What the mission of a packet says by it. */
export function factsOf(event: VOEvent): Facts & { readonly params: ParamBook } {
  const params = new ParamBook(event);
  const reader = READERS.find((one) => one.reads(event.ivorn, params)) ?? anyOther;
  return { ...reader.read(event, params), params };
}

/** A packet of no known mission: GCN's words, and else the name of the stream. */
const anyOther: StreamReader = {
  reads: () => true,
  read: ({ ivorn }, params) => ({
    mission: /^ivo:\/\/([^#]+)/.exec(ivorn)?.[1] ?? ivorn,
    packetType: packetName(params.packetType),
    eventName: params.text('GraceID') ?? params.text('Burst_Id') ?? numbered(params.number('TrigID')),
    notATarget:
      notATarget(params.packetType) ??
      (params.isTrue('Test_Submission') ? 'it is a test submission' : undefined),
  }),
};
