// The header of an image: what is known of its exposure, said in the keywords that astronomers look for.
import { isoTime } from '../../clock/index.js';
import {
  type Equatorial,
  formatDec,
  formatRa,
  moon,
  type Site,
  separationDeg,
  sunAltitude,
} from '../../sky/index.js';
import type { CameraInfo, Frame, ImageType } from '../drivers/camera-driver.js';
import type { TelescopePosition } from '../drivers/telescope-driver.js';
import type { FitsHeader } from './header.js';
import { HeaderDraft } from './header-draft.js';
import { type ImageGeometry, TanWcs } from './tan-wcs.js';

/** The alert that an image follows up. */
export interface ImageAlert {
  ivorn: string;
  /** Not every alert says when its event happened. */
  triggerTimeMs?: number | undefined;
  /** When it came in. */
  receivedMs?: number | undefined;
  /** Of the error circle. */
  errorRadiusDeg?: number | undefined;
}

/** What is known of an image. The keywords of what is not are left out, and named in a comment. */
export interface ImageDescription {
  frame: Omit<Frame, 'pixels'>;
  imageType: ImageType;
  camera: CameraInfo;
  /** When the header is made. */
  createdMs: number;
  software: { name: string; version: string };
  /** The institution. */
  origin?: string | undefined;
  telescope?: string | undefined;
  instrument?: string | undefined;
  observer?: string | undefined;
  /** Name of what is observed. */
  object?: string | undefined;
  observationNumber?: number | undefined;
  /** The sequence that the image belongs to. */
  sequence?: string | undefined;
  /** Without one the keywords of alerts are not missed. */
  alert?: ImageAlert | undefined;
  /** Where the telescope was sent. */
  target?: Equatorial | undefined;
  /** Where it pointed. */
  pointing?: TelescopePosition | undefined;
  filter?: string | undefined;
  /** Of the telescope, in mm. */
  focalLengthMm?: number | undefined;
  /** Of the telescope, in mm. */
  apertureMm?: number | undefined;
  /** Where the focuser stood, in steps. */
  focusPosition?: number | undefined;
  /** At the telescope. */
  weather?: { temperatureC?: number; humidityPercent?: number; windMPerS?: number } | undefined;
  /** Cards that somebody asked for, by keyword. */
  extra?: ReadonlyMap<string, string | number> | undefined;
  site?: Site | undefined;
}

/** Days from the zero of the Modified Julian Date to 1970. */
const MJD_OF_1970 = 40_587;
const MS_PER_DAY = 86_400_000;

/** Builds the header of an image; the writer adds the cards of the structure. */
export function imageHeader(image: ImageDescription): FitsHeader {
  const draft = new HeaderDraft();
  for (const write of [
    origin,
    subject,
    alert,
    times,
    pointing,
    wcs,
    detector,
    optics,
    skyConditions,
    weather,
    software,
  ]) {
    write(draft, image);
  }
  return withExtraCards(draft.finish(), image.extra);
}

type Section = (draft: HeaderDraft, image: ImageDescription) => void;

const origin: Section = (draft, image) => {
  draft.text('DATE', fitsTime(image.createdMs), 'when this header was made, UTC');
  draft.text('ORIGIN', image.origin, 'institution');
  draft.text('TELESCOP', image.telescope, 'telescope');
  draft.text('INSTRUME', image.instrument, 'instrument');
  draft.text('DETECTOR', image.camera.detector, 'detector');
  draft.text('OBSERVER', image.observer, 'who asked for it');
};

const subject: Section = (draft, image) => {
  draft.text('OBJECT', image.object, 'what is observed');
  draft.integer('OBSNUM', image.observationNumber, 'number of the observation');
  draft.text('SEQUENCE', image.sequence, 'sequence that it belongs to');
  draft.text('IMAGETYP', image.imageType, 'kind of image');
};

const alert: Section = (draft, { alert, frame }) => {
  if (!alert) return;
  const { triggerTimeMs, receivedMs } = alert;
  const sinceTriggerS = triggerTimeMs === undefined ? undefined : (frame.startMs - triggerTimeMs) / 1000;
  draft.text('TRIGID', alert.ivorn, 'VOEvent that is followed up');
  draft.text('TRIGTIME', optionalTime(triggerTimeMs), 'trigger, UTC');
  draft.text('ALERTTIM', optionalTime(receivedMs), 'alert came in, UTC');
  draft.real('T_TRIG', sinceTriggerS, 3, 'from trigger to shutter', 's');
  draft.real('ERRRAD', alert.errorRadiusDeg, 6, 'radius of the error circle', 'deg');
};

const times: Section = (draft, { frame }) => {
  draft.text('TIMESYS', 'UTC', 'scale of all times');
  draft.text('DATE-OBS', fitsTime(frame.startMs), 'shutter opened');
  draft.text('DATE-END', fitsTime(frame.endMs), 'shutter closed');
  draft.real('MJD-OBS', frame.startMs / MS_PER_DAY + MJD_OF_1970, 10, 'shutter opened', 'd');
  draft.real('EXPTIME', frame.exposureS, 6, 'exposure', 's');
};

const pointing: Section = (draft, { pointing, target }) => {
  draft.real('RA', pointing?.raDeg, 7, 'pointing, ICRS', 'deg');
  draft.real('DEC', pointing?.decDeg, 7, 'pointing, ICRS', 'deg');
  draft.text('OBJCTRA', target && formatRa(target.raDeg, { separator: ' ' }), 'target, ICRS', 'h m s');
  draft.text('OBJCTDEC', target && formatDec(target.decDeg, { separator: ' ' }), 'target, ICRS', 'd m s');
  draft.real('AIRMASS', pointing?.airmass, 5, 'when the shutter opened');
  draft.real('HA', pointing?.hourAngleDeg, 5, 'hour angle, west positive', 'deg');
  draft.real('TEL-ALT', pointing?.altitudeDeg, 5, 'altitude of the telescope', 'deg');
  draft.real('TEL-AZ', pointing?.azimuthDeg, 5, 'azimuth, from north by east', 'deg');
  // Most mounts have no side, and nobody misses it.
  if (pointing?.pierSide)
    draft.text('PIERSIDE', pointing.pierSide, 'side of the pier that carries the telescope');
};

const wcs: Section = (draft, { pointing, camera, frame }) => {
  if (!pointing) return;
  const { middle, matrixDeg } = new TanWcs(pointing, geometry(camera, pointing));
  const [columns, rows] = frame.binning ?? [1, 1];
  const [x, y] = frame.origin ?? [0, 0];
  draft.text('RADESYS', 'ICRS');
  draft.real('EQUINOX', 2000, 1);
  draft.text('CTYPE1', 'RA---TAN').text('CTYPE2', 'DEC--TAN');
  draft.text('CUNIT1', 'deg').text('CUNIT2', 'deg');
  draft.real('CRVAL1', pointing.raDeg, 9).real('CRVAL2', pointing.decDeg, 9);
  draft.real('CRPIX1', readPlace(middle.x, x, columns), 3).real('CRPIX2', readPlace(middle.y, y, rows), 3);
  draft.real('CD1_1', matrixDeg[0][0] * columns, 12).real('CD1_2', matrixDeg[0][1] * rows, 12);
  draft.real('CD2_1', matrixDeg[1][0] * columns, 12).real('CD2_2', matrixDeg[1][1] * rows, 12);
};

/** A mount that has turned over to the other side of its pier carries its camera upside down. */
function geometry(camera: ImageGeometry, { pierSide }: TelescopePosition): ImageGeometry {
  if (pierSide !== 'EAST') return camera;
  return { ...camera, positionAngleDeg: (camera.positionAngleDeg ?? 0) + 180 };
}

/** Where a place of the detector is in what was read of it: the middle of the first pixel is 1 in both. */
function readPlace(place: number, first: number, binning: number): number {
  return (place - 0.5 - first) / binning + 0.5;
}

const detector: Section = (draft, { camera, filter, frame }) => {
  const [columns, rows] = frame.binning ?? [1, 1];
  draft.integer('XBINNING', columns, 'columns in a pixel').integer('YBINNING', rows, 'rows in a pixel');
  draft.real('GAIN', camera.gainEPerAdu, 4, 'electrons in a unit', 'e-/adu');
  draft.real('RDNOISE', camera.readNoiseE, 3, 'noise of one read-out', 'e-');
  draft.real('CCD-TEMP', frame.temperatureC, 2, 'temperature of the detector', 'C');
  draft.text('FILTER', filter, 'filter');
};

const optics: Section = (draft, { focalLengthMm, apertureMm, focusPosition }) => {
  draft.real('FOCALLEN', focalLengthMm, 1, 'focal length', 'mm');
  draft.real('APTDIA', apertureMm, 1, 'diameter of the aperture', 'mm');
  draft.integer('FOCUSPOS', focusPosition, 'position of the focuser', 'step');
};

const weather: Section = (draft, { weather }) => {
  draft.real('AMBTEMP', weather?.temperatureC, 2, 'temperature of the air', 'C');
  draft.real('HUMIDITY', weather?.humidityPercent, 1, 'relative humidity', '%');
  draft.real('WINDSPD', weather?.windMPerS, 2, 'speed of the wind', 'm/s');
};

/** What somebody asked for goes last, and over what was known. */
function withExtraCards(
  header: FitsHeader,
  extra: ReadonlyMap<string, string | number> = new Map(),
): FitsHeader {
  for (const [keyword, value] of extra) {
    if (typeof value === 'string') header.setText(keyword, value);
    else if (Number.isSafeInteger(value)) header.setInteger(keyword, value);
    else header.setReal(keyword, value);
  }
  return header;
}

const skyConditions: Section = (draft, { site, pointing, frame }) => {
  const middleMs = (frame.startMs + frame.endMs) / 2;
  const theMoon = site && moon(site, middleMs);
  draft.real('SUNALT', site && sunAltitude(site, middleMs), 3, 'altitude of the Sun, mid exposure', 'deg');
  draft.real('MOONALT', theMoon?.altitudeDeg, 3, 'altitude of the Moon, mid exposure', 'deg');
  draft.real('MOONDIST', theMoon && pointing && separationDeg(theMoon, pointing), 3, 'to the Moon', 'deg');
  draft.real('SITELAT', site?.latitudeDeg, 6, 'north positive', 'deg');
  draft.real('SITELONG', site?.longitudeDeg, 6, 'east positive', 'deg');
  draft.real('SITEELEV', site?.altitudeM, 1, 'above the sea', 'm');
};

const software: Section = (draft, image) => {
  draft.text('SWCREATE', image.software.name, 'software that made this file');
  draft.text('SWVER', image.software.version, 'its version');
};

function optionalTime(timeMs: number | undefined): string | undefined {
  return timeMs === undefined ? undefined : fitsTime(timeMs);
}

/** FITS writes UTC without a zone. */
function fitsTime(timeMs: number): string {
  return isoTime(timeMs).slice(0, -1);
}
