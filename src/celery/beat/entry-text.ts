// Entries of `[celery.beat]` as texts: TASK SCHEDULE [OPTION VALUE]...
import type { ConfigMistake } from '../../config/index.js';
import type { Site } from '../../sky/index.js';
import { Crontab } from './crontab.js';
import type { BeatCallOptions, BeatEntry, Missed } from './entry.js';
import { EntryWords } from './entry-words.js';
import { ScheduleError, shown } from './errors.js';
import { Interval, readDuration } from './interval.js';
import type { Schedule } from './schedule.js';
import { Solar, type SolarEvent } from './solar.js';

/** The section of the INI file. */
export const BEAT_SECTION = 'celery.beat';

const LONGEST_ENTRY = 10_000;

/** What an entry is given besides its schedule. */
interface Extras {
  args?: readonly unknown[];
  kwargs?: Record<string, unknown>;
  options: BeatCallOptions;
  missed?: Missed;
}

const SCHEDULES: Record<string, (words: EntryWords, site: Site) => Schedule> = {
  every: (words) => {
    const everyMs = durationOf(words);
    return new Interval(everyMs / 1000, { relative: words.takes('relative') });
  },
  cron: (words) =>
    Crontab.parse(
      words.quoted('five fields in quotes, such as "0 18 * * mon-fri" (minute, hour, day, month, weekday)'),
    ),
  solar: (words, site) => new Solar(words.word() as SolarEvent, site),
};

const OPTIONS: Record<string, (words: EntryWords, extras: Extras) => void> = {
  args: (words, extras) => {
    const value = words.json('args as a JSON array, such as args [1, "two"]');
    if (!Array.isArray(value)) throw new ScheduleError(shown(JSON.stringify(value)), 'args as a JSON array');
    extras.args = value;
  },
  kwargs: (words, extras) => {
    const value = words.json('kwargs as a JSON object, such as kwargs {"filter": "r"}');
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ScheduleError(shown(JSON.stringify(value)), 'kwargs as a JSON object');
    extras.kwargs = value as Record<string, unknown>;
  },
  queue: (words, { options }) => {
    options.queue = matching(words, /^[\w.@-]+$/, 'the name of a queue after queue');
  },
  expires: (words, { options }) => {
    options.expiresMs = durationOf(words);
  },
  priority: (words, { options }) => {
    options.priority = Number(matching(words, /^\d$/, 'a priority from 0 to 9'));
  },
  missed: (words, extras) => {
    extras.missed = matching(words, /^(run|skip)$/, 'missed run, or missed skip') as Missed;
  },
};

function durationOf(words: EntryWords): number {
  const word = words.word();
  const durationMs = readDuration(word);
  if (!durationMs) throw new ScheduleError(shown(word), 'a duration such as 500ms, 5s, 10min, 2h or 1d');
  return durationMs;
}

function matching(words: EntryWords, pattern: RegExp, expected: string): string {
  const word = words.word();
  if (!pattern.test(word)) throw new ScheduleError(shown(word), expected);
  return word;
}

/**
 * Reads one entry.
 * @param name - the key
 * @param text - such as `monitoring.tasks.monitoring every 5s`, `majordome.tasks.end_of_night solar dusk_nautical`,
 * `calibration.flats cron "0 18 * * *" args [1, 2] kwargs {} queue q expires 60s priority 5 missed skip`
 * @throws ScheduleError
 */
export function parseBeatEntry(name: string, text: string, site: Site): BeatEntry {
  if (text.length > LONGEST_ENTRY)
    throw new ScheduleError(`${text.length} characters`, `at most ${LONGEST_ENTRY}`);
  const words = new EntryWords(text);
  const task = matching(
    words,
    /^\w+(\.\w+)*$/,
    'the name of a task, such as monitoring.tasks.monitoring, first',
  );
  const schedule = parseSchedule(words, site);
  const { args = [], kwargs = {}, options, missed = 'run' } = parseExtras(words);
  return { name, task, schedule, args, kwargs, options, missed };
}

function parseSchedule(words: EntryWords, site: Site): Schedule {
  const word = words.word();
  const parse = Object.hasOwn(SCHEDULES, word) ? SCHEDULES[word] : undefined;
  if (parse) return parse(words, site);
  throw new ScheduleError(
    shown(word),
    'every DURATION, cron "FIELDS" or solar EVENT after the name of the task',
  );
}

function parseExtras(words: EntryWords): Extras {
  const extras: Extras = { options: {} };
  const seen = new Set<string>();
  while (!words.isAtEnd) {
    const word = words.word();
    const read = Object.hasOwn(OPTIONS, word) ? OPTIONS[word] : undefined;
    if (!read)
      throw new ScheduleError(shown(word), `one of ${Object.keys(OPTIONS).join(', ')}, or nothing more`);
    if (seen.has(word)) throw new ScheduleError(`${word} again`, 'it once');
    seen.add(word);
    read(words, extras);
  }
  return extras;
}

/** What a section says, and what is wrong with it. */
export interface BeatSection {
  entries: BeatEntry[];
  /** Without the lines, which only the reader of the file knows. */
  mistakes: ConfigMistake[];
}

/** Reads all keys of `[celery.beat]`. Touches nothing else: the same texts give the same entries. */
export function readBeatSection(
  keys: Iterable<readonly [key: string, text: string]>,
  site: Site,
): BeatSection {
  const section: BeatSection = { entries: [], mistakes: [] };
  for (const [key, text] of keys) {
    try {
      section.entries.push(parseBeatEntry(key, text, site));
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      section.mistakes.push({ section: BEAT_SECTION, key, found: error.found, expected: error.expected });
    }
  }
  return section;
}
