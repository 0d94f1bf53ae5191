// Cards of image headers that somebody asked for, by `SET x FITS.KEY`.
import { InstrumentError, outOfRange } from '../errors.js';
import { isStructural } from '../fits/index.js';

/** So many at once. */
const MOST_CARDS = 100;

export class ExtraCards {
  #cards = new Map<string, string | number>();

  /** @param keep - puts them on disk; they outlive the agent */
  constructor(private readonly keep: (cards: [string, string | number][]) => Promise<void>) {}

  /** For the headers. */
  get all(): ReadonlyMap<string, string | number> {
    return this.#cards;
  }

  /** Those that were kept. */
  restore(cards: readonly (readonly [string, string | number])[] | undefined): void {
    this.#cards = new Map(cards);
  }

  /** An empty text takes a card away. Resolves when that is on disk. @throws InstrumentError `INVALID_VALUE` */
  async set(keyword: string, value: string | number): Promise<void> {
    if (value === '') this.#cards.delete(keyword);
    else {
      this.#check(keyword);
      this.#cards.set(keyword, value);
    }
    await this.keep([...this.#cards]);
  }

  #check(keyword: string): void {
    if (!/^[A-Z0-9_-]{1,8}$/.test(keyword))
      throw new InstrumentError(
        'INVALID_VALUE',
        `${keyword} is no keyword of FITS: 1 to 8 of A-Z, 0-9, _ and -`,
      );
    if (isStructural(keyword))
      throw new InstrumentError(
        'INVALID_VALUE',
        `${keyword} says how the file is to be read: it is not yours`,
      );
    if (!this.#cards.has(keyword) && this.#cards.size >= MOST_CARDS)
      throw outOfRange('the number of cards', MOST_CARDS + 1, `at most ${MOST_CARDS}: "" takes one away`);
  }
}
