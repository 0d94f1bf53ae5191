// The agent of the visible camera: exposes, and writes each image to disk with a header that says what it is.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime } from '../../src/clock/index.js';
import { version } from '../../src/config/index.js';
import { errorText } from '../../src/errors/index.js';
import {
  type CameraDriver,
  type FitsHeader,
  type Frame,
  type ImageAlert,
  imageHeader,
  SimulatedCamera,
  type TelescopePosition,
  type Transient,
  type WrittenFits,
  writeFits,
} from '../../src/instruments/index.js';
import {
  Agent,
  action,
  type Environment,
  type MessageContext,
  type MessageType,
  Sender,
} from '../../src/mesh/index.js';
import {
  type Alert,
  CAMERA_ABORT,
  CAMERA_EXPOSE,
  siteOf,
  TELESCOPE_POSITION,
} from '../../src/observatory/index.js';
import { nightOf } from '../../src/sky/index.js';

/** No exposure waits longer for the telescope's position. */
const POSITION_PATIENCE_MS = 1000;
/** Brightness of a simulated afterglow one minute after the trigger. */
const TRANSIENT_MAGNITUDE = 13;
/** Longest part of a file name that an object gives. */
const LONGEST_NAME = 80;

type Exposure = typeof CAMERA_EXPOSE extends MessageType<infer T> ? T : never;

export class CameraAgent extends Agent {
  // An exposure can be ended while it runs.
  protected override readonly mailboxKind = 'concurrent';
  readonly #driver: CameraDriver;
  #images = 0;
  #lastImage: string | undefined;

  constructor(environment: Environment) {
    super(Agent.CAMERA_VIS, environment);
    const { width, height, pixelScale } = this.config.settings('camera_vis');
    this.#driver = new SimulatedCamera(this.clock, { width, height, pixelScaleArcsec: pixelScale });
    this.actionsByMessage.set(
      CAMERA_EXPOSE.text,
      action(CAMERA_EXPOSE, (data, context) => this.#expose(data, context)),
    );
    this.actionsByMessage.set(
      CAMERA_ABORT.text,
      action(CAMERA_ABORT, () => this.#driver.abort()),
    );
  }

  protected override shutdown(): void {
    this.#driver.abort();
  }

  protected override status(): Record<string, unknown> {
    return { camera: { state: this.#driver.state, images: this.#images, lastImage: this.#lastImage } };
  }

  /** Resolves when the image is on disk. */
  async #expose(exposure: Exposure, context: MessageContext): Promise<{ path: string; checksum: string }> {
    const pointing = await this.#pointing();
    const frame = await this.#driver.expose(
      {
        exposureS: exposure.exposureS,
        imageType: 'LIGHT',
        ...(pointing && { pointing }),
        ...transientOf(exposure.alert),
      },
      context.signal,
      (progress) => context.progress(progress),
    );
    const { path, checksum } = await this.#write(exposure, frame, pointing);
    this.#images += 1;
    this.#lastImage = path;
    this.log.info(`image of ${exposure.object} stored`, { path });
    return { path, checksum };
  }

  /** Where the telescope points. Without an answer the exposure goes on, and the header says what is missing. */
  async #pointing(): Promise<TelescopePosition | undefined> {
    try {
      const reply = await Sender.request(Agent.TELESCOPE, TELESCOPE_POSITION, undefined, {
        timeoutMs: POSITION_PATIENCE_MS,
      });
      return reply as TelescopePosition;
    } catch (error) {
      this.log.warn(`exposing without the telescope's position: ${errorText(error)}`);
      return undefined;
    }
  }

  async #write(
    exposure: Exposure,
    frame: Frame,
    pointing: TelescopePosition | undefined,
  ): Promise<WrittenFits> {
    const site = siteOf(this.config);
    const header = imageHeader({
      frame,
      imageType: 'LIGHT',
      camera: this.#driver.info,
      createdMs: this.clock.now(),
      software: { name: 'PyROS', version },
      origin: site.name,
      telescope: 'PyROS simulator',
      instrument: Agent.CAMERA_VIS,
      sequence: exposure.sequence,
      object: exposure.object,
      target: exposure.target,
      alert: exposure.alert && imageAlert(exposure.alert),
      pointing,
      filter: exposure.filter,
      site,
    });
    const folder = join(this.config.dataDirectory, 'images', nightOf(site, frame.startMs));
    return writeUnderFreeName(join(folder, imageName(exposure.object, frame.startMs)), header, frame);
  }
}

/** The simulated sky shows the event that is followed up. */
function transientOf(alert: Alert | undefined): { transient?: Transient } {
  if (!alert) return {};
  const { raDeg, decDeg, triggerMs, receivedMs } = alert;
  return {
    transient: {
      raDeg,
      decDeg,
      triggerTimeMs: triggerMs ?? receivedMs,
      magnitudeAt1min: TRANSIENT_MAGNITUDE,
    },
  };
}

function imageAlert({ ivorn, triggerMs, receivedMs, errorDeg }: Alert): ImageAlert {
  return { ivorn, triggerTimeMs: triggerMs, receivedMs, errorRadiusDeg: errorDeg };
}

/** `<object>_<time>_VIS`: safe as a file name, whatever the object is called. */
function imageName(object: string, startMs: number): string {
  const time = isoTime(startMs).replace(/[-:]/g, '').slice(0, -1);
  const name = object.replace(/[^A-Za-z0-9+-]+/g, '_').slice(0, LONGEST_NAME) || 'unnamed';
  return `${name}_${time}_VIS`;
}

/** A simulated night may be lived through again, at the same times: no image is ever overwritten. */
async function writeUnderFreeName(path: string, header: FitsHeader, frame: Frame): Promise<WrittenFits> {
  for (let copy = 1; ; copy += 1) {
    const file = copy === 1 ? `${path}.fits` : `${path}_${copy}.fits`;
    if (!existsSync(file)) return writeFits(file, header, frame);
  }
}
