// What the beat remembers of each entry, so that a restart fires nothing twice and forgets nothing.
import type { Table } from '../../store/index.js';

/** How far an entry has come. */
export interface BeatMark {
  /** Text of the schedule that it belongs to; another one begins anew. */
  schedule: string;
  /** The due time that was fired last, or, before the first one, the time since when the entry is known. */
  lastMs: number;
  /** Counts how often the observatory's clock was set back: the same due time is another one then. */
  series: number;
}

/** Keeps the marks. */
export interface BeatRecord {
  /** Names of all entries that were ever fired, or waited for it. */
  names(): readonly string[];
  last(name: string): BeatMark | undefined;
  /** Resolves when it is on disk. */
  keep(name: string, mark: BeatMark): Promise<void>;
  /** Resolves when it is on disk. */
  forget(name: string): Promise<void>;
}

/** The record in a table of a store. */
export class TableRecord implements BeatRecord {
  constructor(private readonly table: Table<string, BeatMark>) {}

  names(): readonly string[] {
    return Array.from(this.table.entries(), ({ key }) => key);
  }

  last(name: string): BeatMark | undefined {
    return this.table.get(name);
  }

  keep(name: string, mark: BeatMark): Promise<void> {
    return this.table.write(name, mark);
  }

  forget(name: string): Promise<void> {
    return this.table.erase(name);
  }
}
