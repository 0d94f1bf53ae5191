// The histories of transients: which packets speak of the same thing, what was requested for it, and whether it was
// taken back. Packets are joined by the mission's name of the transient, and by what they cite.
import { createHash } from 'node:crypto';
import type { Store, Table } from '../store/index.js';
import type { SkyPosition, TransientNotice } from '../voevent/index.js';
import type { Alert, ObservationRequest } from './model.js';
import type { Past } from './strategy.js';

/** What is kept of a transient. */
interface TransientRecord {
  /** As its packets call it. */
  event: string;
  /** How many packets have told of it. */
  packets: number;
  /** Digests of the last packets, for the history. */
  ids: string[];
  retractedBy?: string;
  requested?: SkyPosition;
  /** Ids of the last requests for it. */
  requests?: string[];
}

/** What was decided on a packet. */
export interface Noted {
  /** Digest of the packet. */
  id: string;
  /** What was requested because of it. */
  request?: ObservationRequest | undefined;
}

/** So many packets of one transient are listed. */
const MAX_IDS = 500;
/** So many of its requests can be withdrawn. */
const MAX_REQUESTS = 100;
/** So many of its citations join a packet with others. */
const MAX_CITED = 50;

/** All transients of one alert manager, in its store. */
export class Transients {
  #records: Table<number, TransientRecord>;
  /** Digest of each name (the transient's, the IVORNs of its packets) to its number. */
  #names: Table<string, number>;

  constructor(store: Store) {
    this.#records = store.table('transients');
    this.#names = store.table('transient_names');
  }

  /** What is known before this packet, which may have been considered already. */
  past(notice: TransientNotice, id: string): Past {
    const records = this.#numbersOf(notice).flatMap((number) => this.#records.get(number) ?? []);
    const requested = records.map((record) => record.requested).find(Boolean);
    const retractedBy = records.map((record) => record.retractedBy).find(Boolean);
    return {
      isKnown: records.some(({ ids }) => ids[0] !== id),
      ...(retractedBy !== undefined && { retractedBy }),
      ...(requested && { requested }),
    };
  }

  /** Digests of the packets of the transient that a name stands for, oldest first. */
  history(name: string): string[] {
    const number = this.#names.get(digest(name));
    return number === undefined ? [] : (this.#records.get(number)?.ids ?? []);
  }

  /** How many there are. */
  get count(): number {
    return this.#records.count;
  }

  /**
   * Inside of a transaction: keeps what this packet adds. A retraction takes all back that it is joined with. What is
   * no observation has no part in the history: a test with a real trigger's number must not hide it.
   * @returns ids of the requests that it takes back
   */
  note(notice: TransientNotice, { id, request }: Noted): string[] {
    if (notice.role !== 'observation') return [];
    // What a retraction only follows up is none of its transient, and stands.
    const joined = notice.isRetraction
      ? { ...notice, citedIvorns: notice.retractedIvorns ?? notice.citedIvorns }
      : notice;
    const known = this.#numbersOf(joined);
    const number = known[0] ?? this.#nextNumber();
    const record = this.#records.get(number) ?? { event: notice.event, packets: 0, ids: [] };
    this.#records.put(number, {
      ...record,
      ...(!record.ids.includes(id) && {
        packets: record.packets + 1,
        ids: [...record.ids, id].slice(-MAX_IDS),
      }),
      ...(request?.alert && { requested: placeOf(request.alert) }),
      ...(request && { requests: [...(record.requests ?? []), request.id].slice(-MAX_REQUESTS) }),
    });
    for (const name of [notice.event, notice.ivorn]) this.#names.put(digest(name), number);
    return notice.isRetraction ? this.#takeBack(joined, [...new Set([number, ...known])]) : [];
  }

  /** @param numbers - its own first */
  #takeBack({ ivorn, citedIvorns }: TransientNotice, numbers: number[]): string[] {
    const [own = 0] = numbers;
    // It may come before what it takes back.
    for (const name of citedIvorns.slice(0, MAX_CITED))
      if (!this.#names.has(digest(name))) this.#names.put(digest(name), own);
    return numbers.flatMap((one) => {
      const taken = this.#records.get(one);
      if (!taken) return [];
      this.#records.put(one, { ...taken, retractedBy: ivorn });
      return taken.requests ?? [];
    });
  }

  /** The transients that a packet is joined with: that of its own name first. */
  #numbersOf({ event, ivorn, citedIvorns }: TransientNotice): number[] {
    const names = [event, ivorn, ...citedIvorns.slice(0, MAX_CITED)];
    return [...new Set(names.flatMap((name) => this.#names.get(digest(name)) ?? []))];
  }

  #nextNumber(): number {
    const [last] = this.#records.entries({ reverse: true, limit: 1 });
    return (last?.key ?? 0) + 1;
  }
}

function placeOf({ raDeg, decDeg, errorDeg }: Alert): SkyPosition {
  return { raDeg, decDeg, ...(errorDeg !== undefined && { errorDeg }) };
}

/** Names are strangers', and may be longer than a key. */
function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
