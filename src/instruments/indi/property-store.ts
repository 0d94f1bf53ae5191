// What an INDI server has told: its devices and their properties, as they are now.
import { unpacked } from './blob-text.js';
import type { IndiElement, MemberElement } from './element-reader.js';
import { protocolError } from './errors.js';
import type { IndiLimits } from './limits.js';
import { type IndiKind, IndiVector } from './vector.js';

/** A BLOB as it came in. */
export interface IndiBlob {
  device: string;
  property: string;
  /** Such as `.fits`. */
  format: string;
  bytes: Buffer;
}

/** What the owner of a {@link PropertyStore} wants to know. */
export interface StoreEvents {
  /** A property was defined, or defined anew. */
  onDefined(vector: IndiVector): void;
  /** A property was told to have changed. */
  onSet(vector: IndiVector): void;
  /** A property is gone; without `name`, the device with all of its properties. */
  onDeleted(device: string, name: string | undefined): void;
  /** Words for people; of no device when they are of the server. */
  onMessage(device: string | undefined, text: string): void;
  /** A BLOB, or why it could not be unpacked. */
  onBlob(blob: IndiBlob | Error, device: string): void;
}

const VECTOR_TAG = /^(def|set)(Text|Number|Switch|Light|BLOB)Vector$/;

/** Devices and properties by name. */
export class PropertyStore {
  readonly #devices = new Map<string, Map<string, IndiVector>>();
  #count = 0;
  #bytes = 0;

  constructor(
    private readonly limits: IndiLimits,
    private readonly events: StoreEvents,
  ) {}

  vector(device: string, name: string): IndiVector | undefined {
    return this.#devices.get(device)?.get(name);
  }

  get devices(): string[] {
    return [...this.#devices.keys()];
  }

  /** Forgets all, as nothing is known of a server that is not there. */
  clear(): void {
    const devices = this.devices;
    this.#devices.clear();
    [this.#count, this.#bytes] = [0, 0];
    for (const device of devices) this.events.onDeleted(device, undefined);
  }

  /** Takes over what the server says. What is none of ours, or of an unknown property, is passed over. */
  apply(element: IndiElement): void {
    const { tag, attributes } = element;
    const [, verb, kind] = VECTOR_TAG.exec(tag) ?? [];
    if (verb === 'def') this.#define(element, kind as IndiKind);
    else if (verb === 'set') this.#set(element, kind as IndiKind);
    else if (tag === 'delProperty') this.#delete(attributes.get('device') ?? '', attributes.get('name'));
    else if (tag === 'message') this.#tellMessage(element);
  }

  #define(element: IndiElement, kind: IndiKind): void {
    const vector = new IndiVector(kind, element);
    if (!vector.device || !vector.name) return;
    const device = this.#devices.get(vector.device) ?? new Map<string, IndiVector>();
    this.#forget(device.get(vector.name));
    this.#devices.set(vector.device, device);
    device.set(vector.name, vector);
    this.#count += 1;
    this.#bytes += vector.bytes;
    this.#checkLimits();
    this.#tellMessage(element);
    this.events.onDefined(vector);
  }

  #set(element: IndiElement, kind: IndiKind): void {
    const { attributes } = element;
    const vector = this.vector(attributes.get('device') ?? '', attributes.get('name') ?? '');
    // The reason of an alert is wanted when the alert is told, hence first.
    this.#tellMessage(element);
    if (vector?.kind !== kind) return;
    const before = vector.bytes;
    vector.update(element);
    this.#bytes += vector.bytes - before;
    this.#checkLimits();
    for (const member of element.members) this.#tellBlob(vector, member);
    this.events.onSet(vector);
  }

  #delete(device: string, name: string | undefined): void {
    const properties = this.#devices.get(device);
    if (!properties) return;
    const gone = name === undefined ? [...properties.values()] : [properties.get(name)];
    if (gone[0] === undefined && name !== undefined) return;
    for (const vector of gone) this.#forget(vector);
    if (name === undefined) this.#devices.delete(device);
    else properties.delete(name);
    this.events.onDeleted(device, name);
  }

  #forget(vector: IndiVector | undefined): void {
    if (!vector) return;
    this.#count -= 1;
    this.#bytes -= vector.bytes;
  }

  #checkLimits(): void {
    const { devices, properties, stateBytes } = this.limits;
    if (this.#devices.size > devices) throw protocolError(`more than ${devices} devices`);
    if (this.#count > properties) throw protocolError(`more than ${properties} properties`);
    if (this.#bytes > stateBytes) throw protocolError(`properties of more than ${stateBytes} bytes`);
  }

  #tellMessage({ tag, attributes, members }: IndiElement): void {
    const text = attributes.get('message');
    if (text && (tag !== 'message' || members.length === 0)) {
      this.events.onMessage(attributes.get('device'), text);
    }
  }

  #tellBlob({ device, name }: IndiVector, { attributes, blob }: MemberElement): void {
    // An empty one is how some drivers say that an exposure was aborted.
    if (!blob || blob.length === 0) return;
    const format = attributes.get('format') ?? '';
    const tell = (bytes: Buffer) => {
      const plainFormat = format.replace(/\.z$/, '');
      this.events.onBlob({ device, property: name, format: plainFormat, bytes }, device);
    };
    // At once when it can be: a BLOB comes before the word that its exposure is done.
    if (!format.endsWith('.z')) tell(blob);
    else {
      void unpacked(blob, format, Number(attributes.get('size'))).then(tell, (error) =>
        this.events.onBlob(error, device),
      );
    }
  }
}
