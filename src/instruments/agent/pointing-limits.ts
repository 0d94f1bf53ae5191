// Where a telescope must not point: below its limit or the mask of its horizon, near the Sun, far from the meridian.
import {
  type Equatorial,
  HorizonFrame,
  type Horizontal,
  normalizeDeg,
  type Site,
  separationDeg,
  sun,
  wrapDeg,
} from '../../sky/index.js';
import { InstrumentError } from '../errors.js';

/** A point of the line below which trees and walls stand. */
export interface MaskPoint {
  azimuthDeg: number;
  altitudeDeg: number;
}

/** What holds now. */
export interface Limits {
  minAltitudeDeg: number;
  sunDistanceDeg: number;
  hourAngleDeg: number;
  mask: readonly MaskPoint[];
}

/** Lower than this the Sun harms no telescope. */
const SUN_UP_DEG = -2;

/** @throws InstrumentError `BELOW_LIMIT`, `ABOVE_LIMIT`, `SUN_AVOIDANCE` when a telescope must not point at a target */
export function checkTarget(site: Site, target: Equatorial, limits: Limits, timeMs: number): void {
  const frame = new HorizonFrame(site, timeMs);
  checkPlace(frame, target, frame.horizontal(target), limits);
}

/** As {@link checkTarget}, of a direction over the horizon. */
export function checkDirection(site: Site, direction: Horizontal, limits: Limits, timeMs: number): void {
  const frame = new HorizonFrame(site, timeMs);
  checkPlace(frame, frame.equatorial(direction), direction, limits);
}

/** Only that it is not near the Sun. @throws InstrumentError `SUN_AVOIDANCE` */
export function checkSun(site: Site, target: Equatorial, { sunDistanceDeg }: Limits, timeMs: number): void {
  const theSun = sun(site, timeMs);
  const distanceDeg = separationDeg(target, theSun);
  if (theSun.altitudeDeg > SUN_UP_DEG && distanceDeg < sunDistanceDeg)
    throw beyond('SUN_AVOIDANCE', `${text(distanceDeg)} from the Sun`, text(sunDistanceDeg));
}

function checkPlace(frame: HorizonFrame, place: Equatorial, direction: Horizontal, limits: Limits): void {
  // The Sun first: it does the most harm.
  checkSun(frame.site, place, limits, frame.timeMs);
  checkAltitude(direction, limits);
  const hourAngleDeg = frame.hourAngleDeg(place);
  if (Math.abs(hourAngleDeg) > limits.hourAngleDeg)
    throw beyond('ABOVE_LIMIT', `at an hour angle of ${text(hourAngleDeg)}`, text(limits.hourAngleDeg));
}

/** Points of a way that are looked at are no farther from one another. */
const WAY_STEP_DEG = 1;

/**
 * The Sun does its harm on the way, too; what is low is only passed by. Both axes are taken to go their own way, at one
 * speed, as those of mounts in equator and horizon do.
 * @throws InstrumentError `SUN_AVOIDANCE` when one of these ways leads past the Sun
 */
export function checkWay(site: Site, from: Equatorial, to: Equatorial, limits: Limits, timeMs: number): void {
  const theSun = sun(site, timeMs);
  if (theSun.altitudeDeg <= SUN_UP_DEG) return;
  const frame = new HorizonFrame(site, timeMs);
  const [start, end] = [frame.horizontal(from), frame.horizontal(to)];
  const ways = [
    way([from.raDeg, from.decDeg], [to.raDeg, to.decDeg]).map(([raDeg, decDeg]) => ({ raDeg, decDeg })),
    way([start.azimuthDeg, start.altitudeDeg], [end.azimuthDeg, end.altitudeDeg]).map(
      ([azimuthDeg, altitudeDeg]) => frame.equatorial({ azimuthDeg, altitudeDeg }),
    ),
  ];
  const nearestDeg = Math.min(...ways.flat().map((place) => separationDeg(place, theSun)));
  // From a place near the Sun it may go away.
  if (nearestDeg >= Math.min(limits.sunDistanceDeg, separationDeg(from, theSun))) return;
  const found = `on a way that leads within ${text(nearestDeg)} of the Sun`;
  throw beyond('SUN_AVOIDANCE', found, text(limits.sunDistanceDeg));
}

/**
 * As {@link checkWay}, to where a telescope rests: it may rest near the Sun, which passes by there every day, and then
 * come half as near on its way.
 */
export function checkWayToRest(
  site: Site,
  from: Equatorial,
  rest: Horizontal,
  limits: Limits,
  timeMs: number,
): void {
  const place = new HorizonFrame(site, timeMs).equatorial(rest);
  const restsDeg = separationDeg(place, sun(site, timeMs));
  const sunDistanceDeg = restsDeg < limits.sunDistanceDeg ? restsDeg / 2 : limits.sunDistanceDeg;
  checkWay(site, from, place, { ...limits, sunDistanceDeg }, timeMs);
}

/** Places of two axes that turn at one speed until each is there; the first goes the short way round. */
function way([x, y]: [number, number], to: [number, number]): [number, number][] {
  const [dx, dy] = [wrapDeg(to[0] - x), to[1] - y];
  const steps = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / WAY_STEP_DEG);
  const turned = (whole: number, n: number) => Math.sign(whole) * Math.min(Math.abs(whole), n * WAY_STEP_DEG);
  return Array.from({ length: steps + 1 }, (_, n) => [normalizeDeg(x + turned(dx, n)), y + turned(dy, n)]);
}

function checkAltitude({ altitudeDeg, azimuthDeg }: Horizontal, { minAltitudeDeg, mask }: Limits): void {
  if (altitudeDeg < minAltitudeDeg)
    throw beyond('BELOW_LIMIT', `at an altitude of ${text(altitudeDeg)}`, text(minAltitudeDeg));
  const horizonDeg = maskAltitude(mask, azimuthDeg);
  if (altitudeDeg < horizonDeg) {
    const place = `at an altitude of ${text(altitudeDeg)} and an azimuth of ${text(azimuthDeg)}`;
    throw beyond('BELOW_LIMIT', place, `${text(horizonDeg)} there, by the mask of the horizon`);
  }
}

/** Height of the mask at an azimuth: straight lines between its points, all the way round. */
export function maskAltitude(mask: readonly MaskPoint[], azimuthDeg: number): number {
  if (mask.length === 0) return -90;
  const points = [...mask].sort((a, b) => a.azimuthDeg - b.azimuthDeg);
  const [first, last] = [points[0] as MaskPoint, points.at(-1) as MaskPoint];
  const round = [
    { ...last, azimuthDeg: last.azimuthDeg - 360 },
    ...points,
    { ...first, azimuthDeg: first.azimuthDeg + 360 },
  ];
  const index = round.findIndex((point) => point.azimuthDeg > azimuthDeg);
  const [west, east] = [round[index - 1] ?? first, round[index] ?? last];
  const widthDeg = east.azimuthDeg - west.azimuthDeg;
  const part = widthDeg === 0 ? 0 : (azimuthDeg - west.azimuthDeg) / widthDeg;
  return west.altitudeDeg + part * (east.altitudeDeg - west.altitudeDeg);
}

function beyond(
  code: 'BELOW_LIMIT' | 'ABOVE_LIMIT' | 'SUN_AVOIDANCE',
  found: string,
  limit: string,
): InstrumentError {
  return new InstrumentError(code, `the target is ${found}, the limit is ${limit}`);
}

function text(angleDeg: number): string {
  return `${angleDeg.toFixed(1)} deg`;
}
