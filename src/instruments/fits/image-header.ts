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
import { TanWcs } from './tan-wcs.js';

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
  frame: Pick<Frame, 'startMs' | 'endMs' | 'exposureS' | 'width' | 'height'>;
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
  site?: Site | undefined;
}

/** Days from the zero of the Modified Julian Date to 1970. */
const MJD_OF_1970 = 40_587;
const MS_PER_DAY = 86_400_000;

/** Builds the header of an image; the writer adds the cards of the structure. */
export function imageHeader(image: ImageDescription): FitsHeader {
  const draft = new HeaderDraft();
  for (const write of [origin, subject, alert, times, pointing, wcs, detector, skyConditions, software]) {
    write(draft, image);
  }
  return draft.finish();
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
};

const wcs: Section = (draft, { pointing, camera, frame }) => {
  if (!pointing) return;
  const { middle, matrixDeg } = new TanWcs(pointing, { ...camera, width: frame.width, height: frame.height });
  draft.text('RADESYS', 'ICRS');
  draft.real('EQUINOX', 2000, 1);
  draft.text('CTYPE1', 'RA---TAN').text('CTYPE2', 'DEC--TAN');
  draft.text('CUNIT1', 'deg').text('CUNIT2', 'deg');
  draft.real('CRVAL1', pointing.raDeg, 9).real('CRVAL2', pointing.decDeg, 9);
  draft.real('CRPIX1', middle.x, 3).real('CRPIX2', middle.y, 3);
  draft.real('CD1_1', matrixDeg[0][0], 12).real('CD1_2', matrixDeg[0][1], 12);
  draft.real('CD2_1', matrixDeg[1][0], 12).real('CD2_2', matrixDeg[1][1], 12);
};

const detector: Section = (draft, { camera, filter }) => {
  draft.integer('XBINNING', 1, 'columns in a pixel').integer('YBINNING', 1, 'rows in a pixel');
  draft.real('GAIN', camera.gainEPerAdu, 4, 'electrons in a unit', 'e-/adu');
  draft.real('RDNOISE', camera.readNoiseE, 3, 'noise of one read-out', 'e-');
  draft.text('FILTER', filter, 'filter');
};

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
