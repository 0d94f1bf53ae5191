// The agent of a camera: exposes, and writes each image to disk with a header that says what it is.
import { basename, join } from 'node:path';
import { object, string } from 'valibot';
import { version } from '../../config/index.js';
import { defineMessage, type Environment, Sender } from '../../mesh/index.js';
import { nightOf } from '../../sky/index.js';
import type { CameraDriver, ExposureProgress, Frame, ImageType } from '../drivers/index.js';
import { InstrumentError } from '../errors.js';
import { imageHeader, type WrittenFits } from '../fits/index.js';
import { starWidth } from '../focus/star-width.js';
import { numberIn, textIn } from './ask-device.js';
import type { Call } from './call.js';
import { contextOf, type ExposureContext, transientOf } from './exposure-context.js';
import { ExtraCards } from './extra-cards.js';
import { imageName, writeUnderFreeName } from './image-files.js';
import { type DeviceReport, InstrumentAgent } from './instrument-agent.js';
import { observingSite } from './site-of.js';
import { askSurroundings, pointingOf, type Surroundings, weatherOf } from './surroundings.js';

/** Time that an image may take besides its exposure, before the driver is taken for dead. */
const IMAGE_PATIENCE_S = 60;
/** Agent that is told of each image, when the INI file has it. */
const ANALYZER = 'analyzer';

/** An image is on disk. */
export const IMAGE_STORED = defineMessage(
  'Image stored',
  'An image is on disk',
  object({ path: string(), id: string(), checksum: string(), imageType: string() }),
);

/** What is exposed. */
interface Order {
  exposureS: number;
  imageType: ImageType;
  object: string | undefined;
  observer: string;
  context: ExposureContext;
}

/** Settings of a camera in the INI file. */
export interface CameraOptions {
  /** Of the telescope. */
  focalLengthMm: number;
  apertureMm: number;
  telescope: string;
}

export class CameraAgent extends InstrumentAgent<'CAMERA', CameraDriver> {
  #images = 0;
  #last: { PATH: string; ID: string; CHECKSUM: string } | undefined;
  #progress: { report: ExposureProgress; totalS: number; image: number; of: number } | undefined;
  /** The images of a command that are not begun yet are not wanted any more. */
  #lastOne = false;
  readonly #channel: string;
  /** Of the last image, when it was taken for the focus. */
  #fwhmArcsec: number | undefined;
  readonly #cards = new ExtraCards((cards) => this.keep('cards', cards));

  constructor(
    name: string,
    environment: Environment,
    makeDriver: () => CameraDriver,
    protected readonly driverName: string,
    private readonly options: CameraOptions,
  ) {
    super(name, 'CAMERA', environment, makeDriver);
    this.#channel = this.device.slice('CAMERA:'.length);
    this.handle('DO EXPOSE', (parameters, call) => this.#expose(parameters, call));
    this.perform('DO STOP', () => this.#finish());
    this.perform('DO ABORT', () => this.driver.abort());
    this.handle('DO COOL', (_, call) => this.#cool(true, call));
    this.handle('DO WARM', (_, call) => this.#cool(false, call));
    this.perform('SET BINNING', ({ TO }) => this.driver.configure?.({ binning: TO as [number, number] }));
    this.perform('SET WINDOW', ({ TO }) =>
      this.driver.configure?.({ window: TO as [number, number, number, number] }),
    );
    this.perform('SET GAIN', ({ TO }) => this.driver.configure?.({ gain: TO }));
    this.perform('SET SHUTTER', ({ TO }) => this.driver.configure?.({ shutter: TO }));
    this.perform('SET TEMPERATURE', ({ TO }) => this.driver.aimAt?.(TO));
    this.perform('SET FITS.*', ({ TO }, { item }) => this.#cards.set(item.slice('FITS.'.length), TO));
    this.handle('GET PROGRESS', () => this.#progressReply());
    this.handle('GET TEMPERATURE', () => {
      const now = this.driver.temperature?.();
      return now ? { TEMPERATURE: now.temperatureC, TARGET: now.targetC, COOLER: now.coolerOn } : {};
    });
    this.handle('GET IMAGE', () => this.#last ?? {});
    this.handle('GET INFO', () => this.#info());
  }

  protected override async work(): Promise<void> {
    await super.work();
    this.#cards.restore(this.kept('cards') as [string, string | number][] | undefined);
  }

  protected override report({ state }: CameraDriver): DeviceReport {
    return { state };
  }

  protected override supports(key: string, driver: CameraDriver): boolean {
    if (/ (BINNING|WINDOW|GAIN|SHUTTER)$/.test(key)) return driver.configure !== undefined;
    if (key === 'SET TEMPERATURE') return driver.aimAt !== undefined;
    if (/^DO (COOL|WARM)$/.test(key)) return driver.cool !== undefined;
    if (key === 'GET TEMPERATURE') return driver.temperature !== undefined;
    return key !== 'DO INIT' || driver.init !== undefined;
  }

  /** A message of the time before the grammar bears all in its payload. */
  protected override parametersOf(key: string, data: unknown): Record<string, unknown> | undefined {
    const { exposureS, object: name } = key === 'DO EXPOSE' ? contextOf(data) : {};
    if (exposureS === undefined) return undefined;
    return { EXPTIME: exposureS, FRAME: 'LIGHT', N: 1, OBJECT: name, AT: this.clock.now() };
  }

  protected override status(): Record<string, unknown> {
    return { ...super.status(), camera: { images: this.#images, lastImage: this.#last?.PATH } };
  }

  async #expose(
    parameters: { EXPTIME: number; FRAME: ImageType; N: number; OBJECT: string | undefined; AT: number },
    call: Call,
  ) {
    const { EXPTIME: exposureS, FRAME: imageType, N: count, OBJECT: object, AT: atMs } = parameters;
    const { driver } = this;
    const waitMs = Math.max(0, atMs - this.clock.now());
    call.extend(waitMs / 1000 + count * (exposureS + IMAGE_PATIENCE_S));
    const context = contextOf(call.data);
    const { owner, from = 'by hand' } = call.client;
    const order = { exposureS, imageType, object, observer: context.observer ?? owner ?? from, context };
    this.#lastOne = false;
    let image = 0;
    call.progress(
      () => this.#etaS(exposureS, count - image, atMs),
      () => ({ STATE: driver.state, IMAGE: image }),
    );
    if (waitMs > 0) await this.clock.sleep(waitMs, call.signal);
    try {
      while (image < count && !this.#lastOne) {
        image += 1;
        this.#progress = {
          report: { state: 'EXPOSING', leftS: exposureS },
          totalS: exposureS,
          image,
          of: count,
        };
        await this.#exposeOne(driver, order, call.signal);
      }
    } finally {
      this.#progress = undefined;
    }
    // Who used the message of the time before the grammar knows the image by these names.
    const old =
      order.context.exposureS === undefined ? {} : { path: this.#last?.PATH, checksum: this.#last?.CHECKSUM };
    return { ...this.#last, N: image, FWHM: this.#fwhmArcsec, ...old };
  }

  /** Resolves when the image is on disk. */
  async #exposeOne(driver: CameraDriver, order: Order, signal: AbortSignal): Promise<void> {
    const around = await askSurroundings(this.config, this.#channel, (reason) =>
      this.log.warn(`exposing without all that belongs into the header: ${reason}`),
    );
    const pointing = pointingOf(around.telescope);
    const defocusSteps = numberIn(around.focuser, 'defocusSteps');
    const frame = await driver.expose(
      {
        exposureS: order.exposureS,
        imageType: order.imageType,
        ...(pointing && { pointing }),
        ...transientOf(order.context.alert),
        ...(defocusSteps !== undefined && { defocusSteps }),
      },
      signal,
      (report) => {
        if (this.#progress) this.#progress.report = report;
      },
    );
    const { path, checksum } = await this.#write(driver, order, frame, around);
    this.#fwhmArcsec = order.imageType === 'FOCUS' ? fwhmOf(driver, frame) : undefined;
    const id = basename(path, '.fits');
    this.#images += 1;
    this.#last = { PATH: path, ID: id, CHECKSUM: checksum };
    this.log.info(`image of ${order.object ?? order.imageType} stored`, { path });
    this.#tellAnalyzer({ path, id, checksum, imageType: order.imageType });
  }

  #write(driver: CameraDriver, order: Order, frame: Frame, around: Surroundings): Promise<WrittenFits> {
    const site = observingSite(this.config);
    const { context, object, imageType } = order;
    const { alert } = context;
    const header = imageHeader({
      frame,
      imageType,
      camera: driver.info,
      createdMs: this.clock.now(),
      software: { name: 'PyROS', version },
      origin: site.name,
      telescope: this.options.telescope,
      instrument: this.name,
      observer: order.observer,
      observationNumber: context.observation,
      sequence: context.sequence,
      object,
      target: context.target,
      alert: alert && {
        ivorn: alert.ivorn,
        triggerTimeMs: alert.triggerMs,
        receivedMs: alert.receivedMs,
        errorRadiusDeg: alert.errorDeg,
      },
      pointing: pointingOf(around.telescope),
      filter: textIn(around.filterWheel, 'NAME') ?? context.filter,
      focalLengthMm: this.options.focalLengthMm,
      apertureMm: this.options.apertureMm,
      focusPosition: numberIn(around.focuser, 'POSITION'),
      weather: weatherOf(around.weather),
      extra: this.#cards.all,
      site,
    });
    const folder = join(this.config.dataDirectory, 'images', nightOf(site, frame.startMs));
    const name = imageName(object ?? imageType, frame.startMs, this.#channel);
    return writeUnderFreeName(join(folder, name), header, frame);
  }

  #tellAnalyzer(image: { path: string; id: string; checksum: string; imageType: string }): void {
    if (!this.config.agents.has(ANALYZER)) return;
    Sender.post(ANALYZER, IMAGE_STORED, image).catch((error) => this.warn(`${ANALYZER} is not told`, error));
  }

  /** The shutter closes, what is there is read, and no more are taken. */
  #finish(): void {
    this.#lastOne = true;
    if (this.#progress && this.driver.finish) this.driver.finish();
    else if (this.lane.running)
      this.lane.end(new InstrumentError('ABORTED', `${this.lane.running.name} was ended by DO STOP`));
  }

  protected override async stopDevice(): Promise<void> {
    this.#finish();
  }

  async #cool(on: boolean, call: Call) {
    const { driver } = this;
    const done = driver.cool?.(on, call.signal);
    call.progress(() => driver.coolEtaS?.() ?? 0);
    await done;
    const { temperatureC } = driver.temperature?.() ?? {};
    return { TEMPERATURE: temperatureC };
  }

  #etaS(exposureS: number, later: number, atMs: number): number {
    const waitS = Math.max(0, atMs - this.clock.now()) / 1000;
    return waitS + (this.#progress?.report.leftS ?? 0) + later * exposureS;
  }

  #progressReply() {
    if (!this.#progress) return {};
    const { report, totalS, image, of } = this.#progress;
    const part = totalS === 0 ? 1 : Math.min(1, Math.max(0, 1 - report.leftS / totalS));
    return { LEFT: report.leftS, PERCENT: part * 100, IMAGE: image, OF: of };
  }

  #info() {
    const { info, setup } = this.driver;
    return {
      DETECTOR: info.detector,
      WIDTH: info.width,
      HEIGHT: info.height,
      SCALE: info.pixelScaleArcsec,
      RDNOISE: info.readNoiseE,
      ...(setup && {
        BINNING: [...setup.binning],
        WINDOW: [...setup.window],
        GAIN: setup.gain,
        SHUTTER: setup.shutter,
      }),
    };
  }
}

/** Width of the stars, if there are any. */
function fwhmOf({ info }: CameraDriver, frame: Frame): number | undefined {
  const pixels = starWidth(frame);
  return pixels && pixels * info.pixelScaleArcsec * (frame.binning?.[0] ?? 1);
}
