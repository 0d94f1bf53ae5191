// The agent that reads alerts: who sent one, what it is, whether and how it is followed.
import { errorText } from '../../src/errors/index.js';
import { Agent, action, deliver, type Environment } from '../../src/mesh/index.js';
import {
  type Decision,
  decide,
  type ObservationRequest,
  REQUEST_SUBMITTED,
  VOEVENT_RECEIVED,
} from '../../src/observatory/index.js';
import { interpret, parseVOEvent } from '../../src/voevent/index.js';

/** What was decided on one alert. */
interface AlertRecord {
  ivorn: string;
  receivedMs: number;
  decision: 'OBSERVE' | 'REFUSED';
  reason: string;
  request?: string;
}

/** Decisions that `Status` shows. */
const SHOWN = 20;

export class AlertManagerAgent extends Agent {
  static readonly MSG_VOEVENT_RECEIVED = VOEVENT_RECEIVED.text;
  #last: AlertRecord[] = [];
  #counts = { observe: 0, refused: 0 };
  #stop = new AbortController();

  constructor(environment: Environment) {
    super(Agent.ALERT_MANAGER, environment);
    this.actionsByMessage.set(
      VOEVENT_RECEIVED.text,
      action(VOEVENT_RECEIVED, (data) => this.#consider(data)),
    );
  }

  protected override shutdown(): void {
    this.#stop.abort(new Error('the alert manager is stopping'));
  }

  protected override status(): Record<string, unknown> {
    return { alerts: this.#counts, lastAlerts: this.#last };
  }

  async #consider({
    id,
    ivorn,
    packet,
    receivedMs,
  }: {
    id: string;
    ivorn: string;
    packet: Uint8Array;
    receivedMs: number;
  }) {
    const decision = this.#decide(id, packet, receivedMs);
    this.#note(ivorn, receivedMs, decision);
    if (decision.request) await this.#submit(decision.request);
    return { decision: decision.request ? 'OBSERVE' : 'REFUSED', reason: decision.reason };
  }

  #decide(id: string, packet: Uint8Array, receivedMs: number): Decision {
    try {
      return decide(interpret(parseVOEvent(packet)), { id, receivedMs }, this.config.strategies);
    } catch (error) {
      // The broker has taken it, so this is our fault; the alert must not block those behind it.
      this.reportError('an alert could not be read', error);
      return { reason: `it could not be read: ${errorText(error)}` };
    }
  }

  #note(ivorn: string, receivedMs: number, { request, reason }: Decision): void {
    const record: AlertRecord = { ivorn, receivedMs, decision: request ? 'OBSERVE' : 'REFUSED', reason };
    if (request) record.request = request.id;
    this.#counts[request ? 'observe' : 'refused'] += 1;
    this.#last = [record, ...this.#last].slice(0, SHOWN);
    if (request) this.log.info(`${ivorn} will be observed by ${reason}`, { request: request.id });
    else this.log.info(`${ivorn} is not observed: ${reason}`);
  }

  async #submit(request: ObservationRequest): Promise<void> {
    await deliver(Agent.SCHEDULER, REQUEST_SUBMITTED, request, this.#stop.signal);
  }
}
