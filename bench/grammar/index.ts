// How many sentences of the instrument grammar are read and understood in a second.
import { meaning, parseSentence, understand, writeSentence } from '../../src/instruments/index.js';
import { type Benchmark, figure } from '../figure.js';

/** What an observatory says in a night, about as often. */
const SENTENCES = [
  'DO TELESCOPE GOTO RA=05:34:31.97 DEC=+22:00:52.1',
  'GET TELESCOPE POSITION',
  'DO CAMERA:VIS EXPOSE EXPTIME=10s FRAME=LIGHT N=3 OBJECT="GRB 261123A"',
  "SET FILTERWHEEL:VIS POSITION g'",
  'GET CAMERA:VIS STATE',
  'SET CAMERA:VIS BINNING 2,2',
  'DO PLC HEARTBEAT TTL=60s',
  'DO TELESCOPE OFFSET DRA=-10arcsec DDEC=+2.5arcsec',
];
const ROUNDS = 5;
const GOAL_PER_S = 500_000;

const grammar: Benchmark = async ({ quick }) => {
  const count = quick ? 100_000 : 500_000;
  const sentences = SENTENCES.map((text) => ({ text, sentence: parseSentence(text) }));
  const texts = sentences.map(({ sentence }) => JSON.stringify(sentence));
  const json = best(count, (n) => JSON.parse(texts[n % texts.length] as string));
  return [
    figure(
      'sentences read, understood and checked',
      best(count, (n) => understand(SENTENCES[n % SENTENCES.length] as string, 0)),
      '1/s',
      { atLeast: GOAL_PER_S },
      json,
    ),
    figure(
      'sentences read',
      best(count, (n) => parseSentence(SENTENCES[n % SENTENCES.length] as string)),
      '1/s',
    ),
    figure(
      'sentences understood',
      best(count, (n) => {
        const { text, sentence } = sentences[n % sentences.length] as (typeof sentences)[number];
        return meaning(sentence, text, 0);
      }),
      '1/s',
    ),
    figure(
      'sentences written',
      best(count, (n) =>
        writeSentence((sentences[n % sentences.length] as (typeof sentences)[number]).sentence),
      ),
      '1/s',
    ),
  ];
};

/** Calls in a second, of the best round: the others were disturbed. */
function best(count: number, call: (n: number) => unknown): number {
  let [bestPerS, kept] = [0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = performance.now();
    for (let n = 0; n < count; n += 1) if (call(n) !== undefined) kept += 1;
    bestPerS = Math.max(bestPerS, (count / (performance.now() - startMs)) * 1000);
  }
  return kept === count * ROUNDS ? bestPerS : 0;
}

export default grammar;
