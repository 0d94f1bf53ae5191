// The agent that reads alerts: who sent one, what it is, whether and how it is followed.
import { errorText } from '../../src/errors/index.js';
import {
  Agent,
  type Environment,
  type MessageContext,
  type MessageType,
  Sender,
  storedAction,
} from '../../src/mesh/index.js';
import {
  ALERT_RETRACTED,
  type Decision,
  decide,
  OPPORTUNITY_DECIDED,
  REQUEST_SUBMITTED,
  TARGET_OF_OPPORTUNITY,
  Transients,
  VOEVENT_RECEIVED,
} from '../../src/observatory/index.js';
import type { Table } from '../../src/store/index.js';
import { interpret, LENIENT, readVOEvent, type TransientNotice } from '../../src/voevent/index.js';

/** What was decided on one alert. */
interface AlertRecord {
  id: string;
  ivorn: string;
  receivedMs: number;
  decision: 'OBSERVE' | 'REFUSED';
  reason: string;
  request?: string;
  /** Requests that it took back, by retracting what they are about. */
  withdrew?: string[];
  /** IVORN of the packet that took it back. */
  withdrawnBy?: string;
  /** What the majordome did about it, when it might interrupt. */
  opportunity?: Pick<Opportunity, 'decision' | 'reason'>;
  /** The transient that it is about. */
  event?: string;
}

/** What was read and decided, with the notice when it could be read. */
type Considered = Decision & { notice?: TransientNotice };

type Opportunity = typeof OPPORTUNITY_DECIDED extends MessageType<infer T> ? T : never;
type Received = typeof VOEVENT_RECEIVED extends MessageType<infer T> ? T : never;

/** So much of a stranger's name is kept. */
const MAX_NAME_LENGTH = 200;
/** Decisions that `Status` shows. */
const SHOWN = 20;

export class AlertManagerAgent extends Agent {
  static readonly MSG_VOEVENT_RECEIVED = VOEVENT_RECEIVED.text;
  /** All decisions, in the order of arrival. */
  #alerts: Table<number, AlertRecord> | undefined;
  #byId: Table<string, number> | undefined;
  #byRequest: Table<string, number> | undefined;
  #transients: Transients | undefined;

  constructor(environment: Environment) {
    super(Agent.ALERT_MANAGER, environment);
    this.actionsByMessage.set(
      VOEVENT_RECEIVED.text,
      storedAction(VOEVENT_RECEIVED, (data, context) => this.#consider(data, context)),
    );
    this.actionsByMessage.set(
      OPPORTUNITY_DECIDED.text,
      storedAction(OPPORTUNITY_DECIDED, (data) => this.#decided(data)),
    );
  }

  protected override work(): void {
    this.#alerts = this.store.table('alerts');
    this.#byId = this.store.table('alerts_by_id');
    this.#byRequest = this.store.table('alerts_by_request');
    this.#transients = new Transients(this.store);
  }

  protected override status(): Record<string, unknown> {
    const last = [...(this.#alerts?.entries({ reverse: true, limit: SHOWN }) ?? [])].map(
      ({ value }) => value,
    );
    return { alerts: this.#alerts?.count ?? 0, lastAlerts: last };
  }

  /** The decision and the request that follows from it are kept in one transaction: neither is ever without the other. */
  #consider(received: Received, context: MessageContext): Pick<AlertRecord, 'decision' | 'reason'> {
    const { id, ivorn, receivedMs, again = false } = received;
    const known = this.#byId?.get(id);
    const before = known === undefined ? undefined : this.#alerts?.get(known);
    // What was requested once is not requested twice.
    if (before && (!again || before.request !== undefined)) return before;
    const { request, notice, ...decided } = this.#decide(received);
    const decision = request ? 'OBSERVE' : 'REFUSED';
    const withdrew = (notice && this.#transients?.note(notice, { id, request })) ?? [];
    const reason =
      withdrew.length > 0 ? `${decided.reason}; withdrawn: ${withdrew.join(', ')}` : decided.reason;
    const record: AlertRecord = {
      id,
      ivorn,
      receivedMs,
      decision,
      reason,
      ...(request && { request: request.id }),
      ...(withdrew.length > 0 && { withdrew }),
      ...(notice && { event: notice.event.slice(0, MAX_NAME_LENGTH) }),
    };
    const number = known ?? (this.#alerts?.count ?? 0) + 1;
    this.#alerts?.put(number, record);
    this.#byId?.put(id, number);
    if (request) {
      this.#byRequest?.put(request.id, number);
      const strategy = this.config.strategies.find(({ name }) => name === request.strategy);
      if (strategy?.interrupt === 'yes') void Sender.post(Agent.MAJORDOME, TARGET_OF_OPPORTUNITY, request);
      void Sender.post(Agent.SCHEDULER, REQUEST_SUBMITTED, request);
    }
    if (withdrew.length > 0) this.#withdraw(withdrew, ivorn);
    context.onCommitted(() => {
      if (request) this.log.info(`${ivorn} will be observed by ${reason}`, { request: request.id });
      else this.log.info(`${ivorn} is not observed: ${reason}`);
    });
    return { decision, reason };
  }

  /** The majordome first: it has what runs. */
  #withdraw(requests: string[], by: string): void {
    for (const request of requests) this.#amend(request, { withdrawnBy: by });
    for (const agent of [Agent.MAJORDOME, Agent.SCHEDULER])
      void Sender.post(agent, ALERT_RETRACTED, { requests, by });
  }

  #decided({ request, decision, reason }: Opportunity): void {
    this.#amend(request, { opportunity: { decision, reason } });
  }

  /** Adds to what is known of the alert of a request. */
  #amend(request: string, change: Partial<AlertRecord>): void {
    const number = this.#byRequest?.get(request);
    const record = number === undefined ? undefined : this.#alerts?.get(number);
    if (number !== undefined && record) this.#alerts?.put(number, { ...record, ...change });
  }

  #decide({ id, packet, receivedMs: arrivedMs, again }: Received): Considered {
    try {
      // What is not quite VOEvent 2.0 was let in by the broker's policy.
      const notice = interpret(readVOEvent(packet, { maxBytes: packet.length }, LENIENT).event);
      const past = this.#transients?.past(notice, id);
      // Its age is that of now.
      const receivedMs = again ? this.clock.now() : arrivedMs;
      const { localIvorn } = this.config.settings('voevent_broker');
      return { ...decide(notice, { id, receivedMs, localIvorn }, this.config.strategies, past), notice };
    } catch (error) {
      // The broker has taken it, so this is our fault; the alert must not block those behind it.
      this.reportError('an alert could not be read', error);
      return { reason: `it could not be read: ${errorText(error)}` };
    }
  }
}
