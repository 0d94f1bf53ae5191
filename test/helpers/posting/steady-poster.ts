// A posting agent for tests: posts the numbers from 1 to the receiver, at a steady pace, until it is told to stop.
import { Agent, AppConfig, type Environment, Sender } from '../../../src/mesh/index.js';
import { KEEP } from './receiver.js';

/** Ten numbers every 10 ms: a thousand a second. */
const PERIOD_MS = 10;
const TOGETHER = 10;

class SteadyPosterAgent extends Agent {
  #posted = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(environment: Environment) {
    super('steady_poster', environment);
    const posted = () => ({ posted: this.#posted });
    this.actionsByMessage.set('Begin posting', { help: 'Post numbers', run: () => this.#begin() });
    this.actionsByMessage.set('End posting', { help: 'Reply with the last', run: () => this.#end() });
    this.actionsByMessage.set('Posted', { help: 'The last number that lies on the disk', run: posted });
  }

  protected override async shutdown(): Promise<void> {
    await this.#end();
  }

  #begin(): void {
    this.#timer ??= setInterval(() => {
      this.#writing = this.#writing.then(() => this.#post());
    }, PERIOD_MS);
  }

  async #end(): Promise<{ posted: number }> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    return { posted: this.#posted };
  }

  async #post(): Promise<void> {
    const numbers = Array.from({ length: TOGETHER }, (_, index) => this.#posted + index + 1);
    await Promise.all(numbers.map((n) => Sender.post('receiver', KEEP, { n })));
    this.#posted += TOGETHER;
  }
}

export default class SteadyPosterConfig extends AppConfig {
  readonly name = 'steady_poster';

  override ready(): Promise<void> {
    return this.startAgent(new SteadyPosterAgent(this.environment));
  }
}
