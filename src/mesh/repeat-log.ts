// Log lines that others can cause as often as they like: the first at once, and then one a minute with their number.
import { type Clock, RealClock } from '../clock/index.js';
import { shorten } from '../errors/index.js';
import type { LogFields, Logger } from '../log/index.js';

/** At most one line with a number per subject in this time. */
const PERIOD_MS = 60_000;
/** Subjects that are told apart; the others of the same minute share a line. */
const SUBJECT_LIMIT = 100;
/** Reasons of one subject that are told apart within a minute, and how much of each is kept. */
const REASON_LIMIT = 10;
const REASON_LENGTH = 300;
const OTHER_REASONS = 'other reasons';

/** How one line is written. */
export interface RepeatLine {
  level: 'warn' | 'error';
  /** Made only when the line is written. */
  fields?: () => LogFields;
}

/** What has happened to one subject since its last line with a number. */
interface Subject {
  level: RepeatLine['level'];
  /** How often, by reason. */
  reasons: Map<string, number>;
  /** Reasons that were told by themselves. */
  told: Set<string>;
}

const WARNING: RepeatLine = { level: 'warn' };

export class RepeatLog {
  /** All since the start. */
  total = 0;
  readonly #subjects = new Map<string, Subject>();

  /**
   * @param log - asked for late: its owner may be under way
   * @param others - what the subjects beyond the limit are called
   * @param toldAtOnce - how many reasons of a subject are told when they come, within a minute
   * @param clock - the real one: a simulated night has short minutes
   */
  constructor(
    private readonly log: () => Logger,
    private readonly others: string,
    private readonly toldAtOnce = 1,
    private readonly clock: Pick<Clock, 'after'> = new RealClock(),
  ) {}

  /** Counts, and says `subject: reason` when that is news. */
  note(subject: string, reason: string, line = WARNING): void {
    this.total += 1;
    const isFull = this.#subjects.size >= SUBJECT_LIMIT;
    const name = isFull && !this.#subjects.has(subject) ? this.others : subject;
    const known = this.#subjects.get(name) ?? this.#newSubject(name, line.level);
    const text = shorten(reason, REASON_LENGTH);
    if (known.told.size >= this.toldAtOnce || known.told.has(text)) {
      count(known, text, line.level);
      return;
    }
    known.told.add(text);
    this.log()[line.level](`${name}: ${text}`, line.fields?.());
  }

  /** Tells what is counted and not told yet. */
  close(): void {
    for (const [name, subject] of this.#subjects) this.#tell(name, subject);
    this.#subjects.clear();
  }

  #newSubject(name: string, level: RepeatLine['level']): Subject {
    const subject: Subject = { level, reasons: new Map(), told: new Set() };
    this.#subjects.set(name, subject);
    this.clock.after(PERIOD_MS, () => this.#minuteOver(name, subject));
    return subject;
  }

  #minuteOver(name: string, subject: Subject): void {
    if (this.#subjects.get(name) !== subject) return;
    if (this.#tell(name, subject)) this.clock.after(PERIOD_MS, () => this.#minuteOver(name, subject));
    else this.#subjects.delete(name);
  }

  /** @returns whether there was something to tell */
  #tell(name: string, { level, reasons, told }: Subject): boolean {
    if (reasons.size === 0) return false;
    const sum = [...reasons.values()].reduce((all, each) => all + each, 0);
    const texts = [...reasons].map(([reason, each]) => (reasons.size > 1 ? `${reason} (${each})` : reason));
    // What is told by this line is no news in the next minute.
    told.clear();
    for (const reason of reasons.keys()) told.add(reason);
    reasons.clear();
    const times = sum === 1 ? 'once' : `${sum} times`;
    this.log()[level](`${name} ${times} more within a minute: ${texts.join('; ')}`);
    return true;
  }
}

function count(subject: Subject, reason: string, level: RepeatLine['level']): void {
  const { reasons } = subject;
  const isNew = !reasons.has(reason) && reasons.size >= REASON_LIMIT;
  const name = isNew ? OTHER_REASONS : reason;
  reasons.set(name, (reasons.get(name) ?? 0) + 1);
  if (level === 'error') subject.level = 'error';
}
