// Where `pyros vo` finds events: at the running broker agent, or in the folder of a broker that runs by itself.

import { RealClock } from '../../src/clock/index.js';
import { Agent, Sender } from '../../src/mesh/index.js';
import { LIST_VOEVENTS, REPLAY_VOEVENT, SHOW_VOEVENT } from '../../src/observatory/index.js';
import {
  type EventQuery,
  EventStore,
  findEvent,
  type StoredEvent,
  VOEventError,
} from '../../src/voevent/index.js';
import { readEventDatabase } from '../comet/event-database.js';
import { CommandFailure } from '../errors.js';

/** An event as a list shows it. */
export type ListedEvent = Omit<StoredEvent, 'bytes' | 'original'> & { readonly size: number };

/** Gives events. */
export interface EventSource {
  /** Those that fit, the newest first, as they come. */
  list(query: EventQuery): AsyncGenerator<ListedEvent>;
  /** @throws AnswerError or VOEventError `VOEVENT_NOT_STORED` */
  show(name: string): Promise<StoredEvent>;
  /** Hands an event to the alert manager again; with `again` it is considered anew though it is known. */
  replay(id: string, again: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Most of one page. */
const PAGE = 500;

/** The running agent's. */
export function agentSource(): EventSource {
  const page = (query: EventQuery) =>
    Sender.request(Agent.VOEVENT_BROKER, LIST_VOEVENTS, query) as Promise<{
      events: ListedEvent[];
      next?: number;
    }>;
  return {
    list: (query) => paged(query, page),
    show: async (name) => (await Sender.request(Agent.VOEVENT_BROKER, SHOW_VOEVENT, { name })) as StoredEvent,
    replay: (id, again) => Sender.sendTo(Agent.VOEVENT_BROKER, REPLAY_VOEVENT, { id, again }),
    close: async () => undefined,
  };
}

/** Those of a folder. */
export function folderSource(directory: string): EventSource {
  const store = readEventDatabase(directory);
  const events = new EventStore(store, new RealClock());
  const page = async (query: EventQuery) => {
    const found = events.find(query);
    return {
      ...found,
      events: found.events.map(({ bytes, ...event }) => ({ ...event, size: bytes.length })),
    };
  };
  return {
    list: (query) => paged(query, page),
    show: async (name) => {
      const found = findEvent(events, name);
      if (!found) throw new VOEventError('VOEVENT_NOT_STORED', `no VOEvent ${name} is stored`);
      return found;
    },
    replay: async () => {
      throw new CommandFailure(
        'USAGE',
        'a broker by itself has no alert manager; give --to HOST:PORT or a folder',
      );
    },
    close: () => store.close(),
  };
}

async function* paged(
  query: EventQuery,
  ask: (query: EventQuery) => Promise<{ events: ListedEvent[]; next?: number | undefined }>,
): AsyncGenerator<ListedEvent> {
  let left = query.limit;
  let before = query.before;
  while (left > 0) {
    const { events, next } = await ask({ ...query, before, limit: Math.min(PAGE, left) });
    yield* events;
    left -= events.length;
    if (next === undefined) return;
    before = next;
  }
}
