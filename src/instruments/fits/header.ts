// A FITS header: cards in order, set and read by keyword.
import { CARD_LENGTH, cardLines, type FitsCard } from './card.js';
import { continuedCard, parseCard } from './parse-card.js';

/**
 * Builds or holds the cards of a header. A keyword set again keeps its place. The cards of the structure (SIMPLE,
 * BITPIX, NAXIS, BZERO, CHECKSUM and so on) are the writer's: it makes its own and passes over those set here.
 */
export class FitsHeader {
  #cards: FitsCard[] = [];
  #index = new Map<string, number>();

  /** The cards of header text without END: whole lines of 80 ASCII characters. */
  static parse(text: string): FitsHeader {
    const header = new FitsHeader();
    for (let at = 0; at < text.length; at += CARD_LENGTH) {
      const line = text.slice(at, at + CARD_LENGTH);
      const continued = continuedCard(header.#cards.at(-1), line);
      if (continued) header.#cards[header.#cards.length - 1] = continued;
      else if (line.trim() !== '') header.#append(parseCard(line));
    }
    return header;
  }

  get cards(): readonly FitsCard[] {
    return this.#cards;
  }

  /** Text of any length; what is not ASCII loses its accents or becomes a question mark. */
  setText(keyword: string, value: string, comment?: string, unit?: string): this {
    return this.#set({ keyword, kind: 'text', value, ...about(comment, unit) });
  }

  /** @throws InstrumentError `INVALID_VALUE` when the header is written, for a number that is not whole */
  setInteger(keyword: string, value: number, comment?: string, unit?: string): this {
    return this.#set({ keyword, kind: 'integer', value, ...about(comment, unit) });
  }

  /** @throws InstrumentError `INVALID_VALUE` when the header is written, for a number that is not finite */
  setReal(keyword: string, value: number, comment?: string, unit?: string): this {
    return this.#set({ keyword, kind: 'real', value, ...about(comment, unit) });
  }

  setLogical(keyword: string, value: boolean, comment?: string): this {
    return this.#set({ keyword, kind: 'logical', value, ...about(comment) });
  }

  /** Adds a COMMENT, on as many lines as it needs. */
  addComment(text: string): this {
    this.#append({ keyword: 'COMMENT', kind: 'remark', value: text });
    return this;
  }

  /** Adds a HISTORY, on as many lines as it needs. */
  addHistory(text: string): this {
    this.#append({ keyword: 'HISTORY', kind: 'remark', value: text });
    return this;
  }

  /** The first card of a keyword. */
  card(keyword: string): FitsCard | undefined {
    const index = this.#index.get(keyword);
    return index === undefined ? undefined : this.#cards[index];
  }

  /** The value of a text card. */
  text(keyword: string): string | undefined {
    const card = this.card(keyword);
    return card?.kind === 'text' ? card.value : undefined;
  }

  /** The value of an integer or real card. */
  number(keyword: string): number | undefined {
    const card = this.card(keyword);
    return card?.kind === 'integer' || card?.kind === 'real' ? card.value : undefined;
  }

  /** The value of a logical card. */
  logical(keyword: string): boolean | undefined {
    const card = this.card(keyword);
    return card?.kind === 'logical' ? card.value : undefined;
  }

  /** The header's lines without END, but for the cards that `without` names. */
  lines(without: (keyword: string) => boolean = () => false): string[] {
    return this.#cards.filter((card) => !without(card.keyword)).flatMap(cardLines);
  }

  #set(card: FitsCard): this {
    const index = this.#index.get(card.keyword);
    if (index === undefined) this.#append(card);
    else this.#cards[index] = card;
    return this;
  }

  #append(card: FitsCard): void {
    if (!this.#index.has(card.keyword)) this.#index.set(card.keyword, this.#cards.length);
    this.#cards.push(card);
  }
}

function about(comment?: string, unit?: string): { comment?: string; unit?: string } {
  return { ...(comment && { comment }), ...(unit && { unit }) };
}
