// Who listens to the events of workers: these send them only while somebody does.
import type { MessageContext } from '../../../mesh/index.js';

export class EventListeners {
  readonly #listeners = new Set<MessageContext>();

  /** `onWanted` is told whenever events begin or cease to be wanted. */
  constructor(private readonly onWanted: (wanted: boolean) => void) {}

  get wanted(): boolean {
    return this.#listeners.size > 0;
  }

  /** Until the listener goes. */
  add(context: MessageContext): Promise<void> {
    this.#listeners.add(context);
    context.progress([]);
    if (this.#listeners.size === 1) this.onWanted(true);
    return new Promise((resolve) => {
      const gone = () => {
        this.#listeners.delete(context);
        if (!this.wanted) this.onWanted(false);
        resolve();
      };
      context.signal.addEventListener('abort', gone, { once: true });
    });
  }

  tell(events: Record<string, unknown>[]): void {
    for (const context of this.#listeners) context.progress(events);
  }
}
