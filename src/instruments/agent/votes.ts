// Votes of devices on whether it is safe: sent at once when they change, and again as a sign of life.
import { array, boolean, maxLength, number, object, pipe, string } from 'valibot';
import type { Clock, Timer } from '../../clock/index.js';
import { defineMessage, Sender } from '../../mesh/index.js';
import { InstrumentError } from '../errors.js';

const shortText = pipe(string(), maxLength(500));

/** One device's word. */
export interface DeviceVote {
  device: string;
  safe: boolean;
  /** Why not. */
  reasons: string[];
  /** Of a PLC: those that hold. */
  interlocks: string[];
  /** When it was cast. */
  timeMs: number;
}

/** A device says whether it is safe. */
export const DEVICE_VOTE = defineMessage<DeviceVote>(
  'Device vote',
  'A device says whether it is safe, and if not, why',
  object({
    device: shortText,
    safe: boolean(),
    reasons: pipe(array(shortText), maxLength(50)),
    interlocks: pipe(array(shortText), maxLength(50)),
    timeMs: number(),
  }),
);

/** Interlocks at which nothing must move: somebody may be near. */
const NOTHING_MOVES: readonly string[] = ['EMERGENCY', 'DOOR'];

/** Those among interlocks at which nothing must move. */
export function stillness(interlocks: readonly string[]): string[] {
  return interlocks.filter((one) => NOTHING_MOVES.includes(one));
}

/** A vote is cast again after so long, and is stale after the other; ms of observatory time. */
const AGAIN_MS = 10_000;
export const STALE_MS = 35_000;
/** How long a receiver may take, in ms of real time. */
const PATIENCE_MS = 2000;

/** Casts the votes of one device. */
export class Voter {
  #vote: Omit<DeviceVote, 'timeMs'> | undefined;
  #timer: Timer | undefined;
  #ended = false;

  /** @param receivers - agents that hear of it; those that cannot be reached now hear the next one */
  constructor(
    private readonly clock: Clock,
    private readonly receivers: readonly string[],
    private readonly onLost: (receiver: string, error: unknown) => void,
  ) {}

  /** The vote from now on. Told at once when it has changed. */
  cast(vote: Omit<DeviceVote, 'timeMs'>): void {
    const changed = JSON.stringify(vote) !== JSON.stringify(this.#vote);
    this.#vote = vote;
    if (changed) this.#tell();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  #tell(): void {
    this.#timer?.cancel();
    if (this.#ended || !this.#vote) return;
    const vote = { ...this.#vote, timeMs: this.clock.now() };
    for (const receiver of this.receivers) {
      Sender.sendTo(receiver, DEVICE_VOTE, vote, { timeoutMs: PATIENCE_MS }).catch((error) =>
        this.onLost(receiver, error),
      );
    }
    this.#timer = this.clock.after(AGAIN_MS, () => this.#tell());
  }
}

/** Why somebody says no. */
export interface Objection {
  device: string;
  /** Nothing was heard, or not lately. */
  stale: boolean;
  reason: string;
}

/** The last votes of the devices that somebody depends on. */
export class Votes {
  readonly #votes = new Map<string, DeviceVote>();

  /** @param voters - devices that must have voted, and lately */
  constructor(
    private readonly voters: readonly string[],
    private readonly staleMs: number,
  ) {}

  take(vote: DeviceVote): void {
    const known = this.#votes.get(vote.device);
    if (!known || known.timeMs <= vote.timeMs) this.#votes.set(vote.device, vote);
  }

  /** Why it is not safe; empty when it is. A voter that is not heard of counts as unsafe. */
  objections(nowMs: number): Objection[] {
    return this.voters.flatMap((device): Objection[] => {
      const vote = this.#votes.get(device);
      if (!vote) return [{ device, stale: true, reason: `${device} has not voted` }];
      const ageMs = nowMs - vote.timeMs;
      if (ageMs > this.staleMs)
        return [
          { device, stale: true, reason: `the vote of ${device} is ${Math.round(ageMs / 1000)} s old` },
        ];
      if (vote.safe) return [];
      const reasons = vote.reasons.length > 0 ? vote.reasons : ['it says no, and not why'];
      return reasons.map((reason) => ({ device, stale: false, reason: `${device}: ${reason}` }));
    });
  }

  /** Why nothing must move now, by all who have voted; `undefined` when it may. */
  standstill(nowMs: number): InstrumentError | undefined {
    const fresh = [...this.#votes.values()].filter(({ timeMs }) => nowMs - timeMs <= this.staleMs);
    const held = stillness(fresh.flatMap(({ interlocks }) => interlocks));
    if (held.length === 0) return undefined;
    return new InstrumentError('INTERLOCK', `${held.join(', ')}: GET PLC INTERLOCKS tells why`);
  }
}
