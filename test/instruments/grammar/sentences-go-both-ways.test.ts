import t from 'tap';
import {
  GrammarError,
  InstrumentError,
  parseSentence,
  type Sentence,
  UNITS,
  understand,
  writeSentence,
} from '../../../src/instruments/index.js';
import { Random } from '../../../src/instruments/simulator/random.js';

type Value = Sentence['arguments'][number]['value'];
type Scalar = Exclude<Value, { kind: 'list' }>;

const ROUNDS = 20_000;

/** Random sentences of the whole grammar, the same ones for the same seed. */
class Author {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  sentence(): Sentence {
    const channel = this.#chance(0.5) ? `:${this.#name().toUpperCase()}` : '';
    const item = this.#chance(0.9) ? this.#name().toUpperCase() : undefined;
    return {
      verb: this.#one(['DO', 'GET', 'SET'] as const),
      device: `${this.#name().toUpperCase()}${channel}`,
      item,
      arguments: Array.from({ length: this.#below(5) }, (_, index) => {
        // A name without its equals sign would be read as the item.
        const bare = index === 0 && item !== undefined && this.#chance(0.3);
        return { name: bare ? undefined : this.#name().toUpperCase(), value: this.#value(), column: 0 };
      }),
    };
  }

  /** Any characters, most of them such as sentences have. */
  garbage(): string {
    const characters = 'DOGETSTELCAMRA:VIS=,."\\ +-0123456789hdms\t\u00e9\u{1f52d}\n';
    return Array.from({ length: this.#below(60) }, () => this.#one([...characters])).join('');
  }

  /** A text with one character taken out, put in, or changed. */
  harmed(text: string): string {
    const at = this.#below(text.length + 1);
    const put = this.#chance(0.6) ? this.garbage().slice(0, 1) : '';
    return text.slice(0, at) + put + text.slice(at + this.#below(2));
  }

  #value(): Value {
    if (this.#chance(0.8)) return this.#scalar();
    return { kind: 'list', values: Array.from({ length: 2 + this.#below(3) }, () => this.#scalar()) };
  }

  #scalar(): Scalar {
    const plus = this.#chance(0.2);
    const negative = !plus && this.#chance(0.3);
    switch (this.#below(5)) {
      case 0:
        return {
          kind: 'number',
          value: this.#number(plus),
          unit: this.#chance(0.5) ? this.#one(UNITS) : undefined,
          plus,
        };
      case 1: {
        const seconds = this.#chance(0.7) ? this.#below(60_000) / 1000 : undefined;
        const [whole, minutes] = [this.#below(400), this.#below(60)];
        return {
          kind: 'sexagesimal',
          style: this.#one([':', 'h', 'd'] as const),
          negative,
          plus,
          whole,
          minutes,
          seconds,
        };
      }
      case 2:
        return { kind: 'time', timeMs: this.#below(4e9) * 1000 + this.#below(1000) };
      case 3:
        return { kind: 'name', text: this.#name() };
      default:
        return { kind: 'string', text: this.#text() };
    }
  }

  #number(positive: boolean): number {
    const size = 10 ** (this.#below(50) - 25);
    const value = this.#one([
      0,
      -0,
      this.#below(1e6),
      this.#random.uniform() * size,
      -this.#random.uniform() * size,
    ]);
    return positive ? Math.abs(value) : value;
  }

  #name(): string {
    const parts = "ABCxyz019_-.+'";
    const rest = Array.from({ length: this.#below(6) }, () => this.#one([...parts])).join('');
    return this.#one([...'AbCzRQ']) + rest;
  }

  #text(): string {
    return Array.from({ length: this.#below(8) }, () => this.#one([...'a"\\ =,:é\u{1f52d}'])).join('');
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  #below(limit: number): number {
    return Math.floor(this.#random.uniform() * limit);
  }

  #chance(part: number): boolean {
    return this.#random.uniform() < part;
  }
}

/** Places in the text are not part of what is said. */
function withoutColumns({ arguments: args, ...rest }: Sentence): unknown {
  return { ...rest, arguments: args.map(({ name, value }) => ({ name, value })) };
}

t.test('what is written is read as the same, and written again as the same', async (t) => {
  const author = new Author(20261123);
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const sentence = author.sentence();
    const written = writeSentence(sentence);
    const read = parseSentence(written);
    const isSame =
      JSON.stringify(withoutColumns(read)) === JSON.stringify(withoutColumns(sentence)) &&
      writeSentence(read) === written;
    if (!isSame) wrong.push(written);
  }
  t.same(wrong, []);
});

t.test('the sign of a number that is zero, and the last second, are kept', async (t) => {
  for (const [text, written] of [
    ['DO A B C=-0', 'DO A B C=-0'],
    ['DO A B C=-00:00:00', 'DO A B C=-00:00:00'],
    ['DO A B C=0:59:59.99999999999', 'DO A B C=00:59:59.999999999'],
    ['do a:b c d=1E3deg,x', 'DO A:B C D=1000deg,x'],
    ['DO A B C=5e-', 'DO A B C=5e-'],
    ['DO A B C=.5', 'DO A B C=0.5'],
  ]) {
    t.equal(writeSentence(parseSentence(text as string)), written);
  }
});

t.test('garbage is refused with a place in it, and never understood by accident', async (t) => {
  const author = new Author(42);
  const good = 'DO CAMERA:VIS EXPOSE EXPTIME=10s FRAME=LIGHT N=3 OBJECT="a \\"b\\"" AT=2026-11-23T03:00:00Z';
  let [refused, understood] = [0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = round % 2 ? author.garbage() : author.harmed(author.harmed(good));
    try {
      const { command, parameters } = understand(text, Date.UTC(2026, 10, 23));
      understood += 1;
      for (const name of Object.keys(parameters))
        if (!(name in command.parameters)) t.fail(`${text}: ${name}`);
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      refused += 1;
      const inside = error.column >= 1 && error.column <= text.length + 1;
      if (!inside || !(error instanceof InstrumentError)) t.fail(`${text}: column ${error.column}`);
    }
  }
  t.ok(refused > ROUNDS / 2 && understood > 100, `${refused} refused, ${understood} understood`);
});
