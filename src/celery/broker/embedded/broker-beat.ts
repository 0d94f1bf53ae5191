// The beat of the embedded broker: what is due is put straight into the queues.
import type { Clock } from '../../../clock/index.js';
import { type Config, ConfigError } from '../../../config/index.js';
import type { Logger } from '../../../log/index.js';
import type { Site } from '../../../sky/index.js';
import type { Store } from '../../../store/index.js';
import { Celery } from '../../app.js';
import { Beat, type BeatEntry, readBeatSection, TableRecord } from '../../beat/index.js';
import { packOutgoing } from './packing.js';
import type { TaskBroker } from './task-broker.js';

/** Under this name the beat publishes; nobody waits for its results. */
const CLIENT = 'beat';

/** What a {@link BrokerBeat} works with. */
export interface BrokerBeatParts {
  config: Config;
  site: Site;
  clock: Clock;
  store: Store;
  broker: TaskBroker;
  log: Pick<Logger, 'info' | 'error'>;
}

export class BrokerBeat {
  readonly #beat: Beat;
  readonly #app: Celery;

  /** @throws ConfigError when `[celery.beat]` has mistakes */
  constructor({ config, site, clock, store, broker, log }: BrokerBeatParts) {
    const { entries, mistakes } = readBeatSection(config.celery?.beat ?? [], site);
    if (mistakes.length > 0) throw ConfigError.of(config.file, mistakes);
    this.#app = new Celery('beat', { config, clock });
    this.#beat = new Beat({
      clock,
      entries,
      record: new TableRecord(store.table('beat')),
      send: async (entry, dueMs, taskId) => {
        // A firing that comes again after a crash is recognised by its id.
        await broker.publish(CLIENT, true, [this.#packed(entry, taskId)]);
        log.info(`${entry.name}: ${entry.task} is due`, { due: new Date(dueMs).toISOString(), task: taskId });
      },
      onError: ({ name }, error, retryMs) =>
        log.error(`${name} cannot be fired, tried again in ${retryMs} ms: ${String(error)}`),
    });
  }

  start(): Promise<void> {
    return this.#beat.start();
  }

  async stop(): Promise<void> {
    await this.#beat.stop();
    this.#app.close();
  }

  /** For `Status`: what is due next. */
  status(): Record<string, unknown>[] {
    return this.#beat.status.map(({ entry, dueMs, lastMs }) => ({
      name: entry.name,
      task: entry.task,
      schedule: entry.schedule.text,
      last: new Date(lastMs).toISOString(),
      next: new Date(dueMs).toISOString(),
    }));
  }

  #packed({ task, args, kwargs, options }: BeatEntry, taskId: string) {
    const { queue, expiresMs, priority } = options;
    return packOutgoing(
      this.#app.prepare(
        task,
        args,
        { ...kwargs },
        {
          taskId,
          replyTo: CLIENT,
          ...(queue !== undefined && { queue }),
          ...(expiresMs !== undefined && { expires: expiresMs / 1000 }),
          ...(priority !== undefined && { priority }),
        },
      ),
    );
  }
}
