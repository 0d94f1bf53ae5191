// Which queue takes which tasks: the first route that fits wins.
import type { CeleryRoute } from '../config/index.js';

export class Routes {
  readonly #routes: { expression: RegExp; queue: string }[];
  readonly #known = new Map<string, string>();

  constructor(
    routes: readonly CeleryRoute[],
    private readonly defaultQueue: string,
  ) {
    this.#routes = routes.map(({ pattern, queue }) => ({ expression: globOf(pattern), queue }));
  }

  /** The queue of a task. */
  queueOf(task: string): string {
    const known = this.#known.get(task);
    if (known !== undefined) return known;
    const queue = this.#routes.find(({ expression }) => expression.test(task))?.queue ?? this.defaultQueue;
    if (this.#known.size < 10_000) this.#known.set(task, queue);
    return queue;
  }
}

/** `*` for any text, `?` for any character. */
export function globOf(glob: string): RegExp {
  const text = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${text}$`);
}
