// Minutes of the calendar, in UTC, as Celery's crontab.
import { CRONTAB_FIELDS, type CrontabValue, expandField } from './crontab-field.js';
import { ScheduleError, shown } from './errors.js';
import { latestOf, type Schedule } from './schedule.js';

/** The fields of a {@link Crontab}, each `*` unless given. */
export interface CrontabFields {
  minute?: CrontabValue;
  hour?: CrontabValue;
  /** 0 to 6 from Sunday on, or names. */
  dayOfWeek?: CrontabValue;
  dayOfMonth?: CrontabValue;
  monthOfYear?: CrontabValue;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Days that each month can have. */
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The 29th of February is a given day of the week every 28 years, and after 40 around the year 2100. */
const LONGEST_WAIT_YEARS = 41;

/**
 * Due in every minute that fits all five fields. As in Celery, and unlike cron(8), a day must fit both the day of the
 * month and the day of the week.
 */
export class Crontab implements Schedule {
  readonly text: string;
  readonly #minutes: readonly number[];
  readonly #hours: readonly number[];
  readonly #daysOfMonth: ReadonlySet<number>;
  readonly #months: ReadonlySet<number>;
  readonly #daysOfWeek: ReadonlySet<number>;

  /** @throws ScheduleError when a field is wrong, or no day fits them, as the 30th of February */
  constructor({
    minute = '*',
    hour = '*',
    dayOfWeek = '*',
    dayOfMonth = '*',
    monthOfYear = '*',
  }: CrontabFields = {}) {
    this.text = `cron "${[minute, hour, dayOfMonth, monthOfYear, dayOfWeek].join(' ')}"`;
    this.#minutes = expandField(CRONTAB_FIELDS.minute, minute);
    this.#hours = expandField(CRONTAB_FIELDS.hour, hour);
    this.#daysOfMonth = new Set(expandField(CRONTAB_FIELDS.dayOfMonth, dayOfMonth));
    this.#months = new Set(expandField(CRONTAB_FIELDS.monthOfYear, monthOfYear));
    this.#daysOfWeek = new Set(expandField(CRONTAB_FIELDS.dayOfWeek, dayOfWeek));
    const firstDay = Math.min(...this.#daysOfMonth);
    if (![...this.#months].some((month) => firstDay <= (LONGEST_MONTHS[month - 1] ?? 0)))
      throw new ScheduleError(this.text, 'a day that there is in one of its months: it would never fire');
  }

  /**
   * Reads `minute hour day-of-month month day-of-week`, the order of crontab(5).
   * @throws ScheduleError
   */
  static parse(text: string): Crontab {
    const [minute, hour, dayOfMonth, monthOfYear, dayOfWeek, ...rest] = text.trim().split(/\s+/);
    if (!minute || !hour || !dayOfMonth || !monthOfYear || !dayOfWeek || rest.length > 0)
      throw new ScheduleError(shown(text), 'five fields: minute hour day-of-month month day-of-week');
    return new Crontab({ minute, hour, dayOfMonth, monthOfYear, dayOfWeek });
  }

  next(afterMs: number): number {
    const firstMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
    const lastYear = new Date(firstMs).getUTCFullYear() + LONGEST_WAIT_YEARS;
    for (let dayMs = floorToDay(firstMs); ; dayMs = this.#dayAfter(dayMs)) {
      const date = new Date(dayMs);
      if (!(date.getUTCFullYear() <= lastYear))
        throw new RangeError(`${this.text}: nothing after ${afterMs} ms`);
      const dueMs = this.#fits(date) ? this.#firstOf(dayMs, firstMs) : undefined;
      if (dueMs !== undefined) return dueMs;
    }
  }

  latest(afterMs: number, nowMs: number): number | undefined {
    return latestOf((timeMs) => this.next(timeMs), afterMs, nowMs);
  }

  #fits(date: Date): boolean {
    return (
      this.#months.has(date.getUTCMonth() + 1) &&
      this.#daysOfMonth.has(date.getUTCDate()) &&
      this.#daysOfWeek.has(date.getUTCDay())
    );
  }

  /** Months that do not fit are passed over at once. */
  #dayAfter(dayMs: number): number {
    const date = new Date(dayMs);
    if (this.#months.has(date.getUTCMonth() + 1)) return dayMs + DAY_MS;
    return date.setUTCMonth(date.getUTCMonth() + 1, 1);
  }

  /** The first due minute of a day that is not before `firstMs`. */
  #firstOf(dayMs: number, firstMs: number): number | undefined {
    for (const hour of this.#hours) {
      const hourMs = dayMs + hour * 60 * MINUTE_MS;
      if (hourMs + 60 * MINUTE_MS <= firstMs) continue;
      const minute = this.#minutes.find((one) => hourMs + one * MINUTE_MS >= firstMs);
      if (minute !== undefined) return hourMs + minute * MINUTE_MS;
    }
    return undefined;
  }
}

function floorToDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}
