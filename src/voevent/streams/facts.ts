// What a mission's packet says beyond the words of VOEvent, and how it is asked for.
import type { Param, VOEvent } from '../model.js';

/** How a packet stands to those before it. */
export type Relation = 'new' | 'update' | 'retraction';

/** What the radius of an error circle means. */
export type ErrorMeaning = '1 sigma' | '50 %' | '90 %';

/** What a stream's reader knows. What it does not say, the words of VOEvent say. */
export interface Facts {
  readonly mission: string;
  readonly instrument?: string | undefined;
  /** Name of the kind of packet, such as `SWIFT_BAT_GRB_POS_ACK`. */
  readonly packetType?: string | undefined;
  /** The mission's own name or number of the transient, by which its packets are joined. */
  readonly eventName?: string | undefined;
  readonly relation?: Relation | undefined;
  readonly importance?: number | undefined;
  readonly skyMapUrl?: string | undefined;
  readonly errorDeg?: number | undefined;
  readonly errorMeaning?: ErrorMeaning | undefined;
  /** Why its position is not that of a transient to be observed. */
  readonly notATarget?: string | undefined;
}

/** Reads the packets of one mission. */
export interface StreamReader {
  /** Whether a packet is one of these, by its IVORN and its params. */
  reads(ivorn: string, params: ParamBook): boolean;
  read(event: VOEvent, params: ParamBook): Facts;
}

/** The params of a packet by their names; those of groups too. Of several of one name the first counts. */
export class ParamBook {
  #values = new Map<string, string>();

  constructor({ what }: VOEvent) {
    this.#note(what?.params ?? []);
    for (const { params } of what?.groups ?? []) this.#note(params);
  }

  text(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    const value = text === undefined ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  }

  /** It is said, and it is true. */
  isTrue(name: string): boolean {
    return /^(true|yes|1)$/i.test(this.text(name) ?? '');
  }

  /** GCN's number of the kind of packet. */
  get packetType(): number | undefined {
    return this.number('Packet_Type');
  }

  #note(params: readonly Param[]): void {
    for (const { name, value } of params) {
      if (name !== undefined && value !== undefined && !this.#values.has(name))
        this.#values.set(name, value.trim());
    }
  }
}

/** A name for joining that no other mission has. */
export function jointName(mission: string, eventName: string): string {
  return `${mission}:${eventName}`;
}

/** GCN numbers what it cannot name. */
export function numbered(value: number | undefined): string | undefined {
  return value === undefined || value === 0 ? undefined : String(value);
}
