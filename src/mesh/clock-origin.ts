// The origin of a simulated clock, which must be the same in every process of an observatory: the first one writes it
// into the data directory, the others read it there.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ClockOrigin, clockOrigin } from '../clock/index.js';
import type { Config } from '../config/index.js';
import { errorCode } from '../errors/index.js';

/** Environment variable by which a process hands the origin of a simulated clock to those that it starts. */
export const CLOCK_ORIGIN_VARIABLE = 'PYROS_CLOCK_ORIGIN';

const FILE_NAME = 'clock.json';
/** Others may renew the file between two looks at it, but not again and again. */
const ATTEMPTS = 20;

/** Where the origin is kept when the INI file gives none. */
export function clockFile(config: Config): string {
  return join(config.dataDirectory, FILE_NAME);
}

/** The origin of this observatory's simulated clock; the first process that asks makes it. */
export function observatoryOrigin(config: Config): ClockOrigin {
  const known = knownOrigin(config);
  if (known) return known;
  const file = clockFile(config);
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    setOldAside(config, file);
    writeFirst(config, file);
    const origin = originInFile(config, file);
    if (origin) return origin;
    if (attempt === ATTEMPTS) throw new Error(`${file} cannot be kept: others change it all the time`);
  }
}

/** As {@link observatoryOrigin}, but makes none. */
export function knownOrigin(config: Config): ClockOrigin | undefined {
  if (isOriginGiven(config)) return handedOrigin() ?? freshOrigin(config);
  return originInFile(config, clockFile(config));
}

/** Whether the INI file or the process that started this one says where the clock stands: no file is needed then. */
export function isOriginGiven({ clock }: Config): boolean {
  return handedOrigin() !== undefined || clock.origin !== 'launch';
}

/** A new night: the next process that asks makes the origin anew. For when no agent runs. */
export function forgetOrigin(config: Config): void {
  rmSync(clockFile(config), { force: true });
}

/** An origin as {@link CLOCK_ORIGIN_VARIABLE} has it. */
export function originText({ realMs, simulatedMs }: ClockOrigin): string {
  return `${realMs},${simulatedMs}`;
}

/**
 * Names the night that the observatory lives through: what was planned in another one stands at times that mean
 * nothing here. `undefined` with the system's clock, where there is one time only.
 */
export function nightName(config: Config, origin: ClockOrigin): string | undefined {
  return config.clock.mode === 'system' ? undefined : `${originText(origin)},${config.clock.rate}`;
}

function handedOrigin(): ClockOrigin | undefined {
  const [realMs, simulatedMs] = (process.env[CLOCK_ORIGIN_VARIABLE] ?? '').split(',').map(Number);
  return realMs && simulatedMs ? { realMs, simulatedMs } : undefined;
}

function freshOrigin({ clock, observatory }: Config): ClockOrigin {
  return clockOrigin({ ...clock, longitudeDeg: observatory.longitude });
}

/** What an origin depends on: one that was made for other settings is not used. */
function settingsOf({ clock, observatory }: Config): string {
  return JSON.stringify({ start: clock.start, rate: clock.rate, longitude: observatory.longitude });
}

function originInFile(config: Config, file: string): ClockOrigin | undefined {
  try {
    const { realMs, simulatedMs, settings } = JSON.parse(readFileSync(file, 'utf8'));
    const isRight = Number.isFinite(realMs) && Number.isFinite(simulatedMs);
    return isRight && JSON.stringify(settings) === settingsOf(config) ? { realMs, simulatedMs } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || errorCode(error) === 'ENOENT')
      return undefined;
    throw error;
  }
}

/** Takes a file away that is not for these settings; one that somebody has put there meanwhile goes back. */
function setOldAside(config: Config, file: string): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (originInFile(config, aside)) linkUnlessThere(aside, file);
  rmSync(aside, { force: true });
}

/** Whole or not at all, and only where no other process was first. */
function writeFirst(config: Config, file: string): void {
  const draft = `${file}.${process.pid}.new`;
  const content = { ...freshOrigin(config), settings: JSON.parse(settingsOf(config)) };
  writeFileSync(draft, `${JSON.stringify(content)}\n`);
  linkUnlessThere(draft, file);
  rmSync(draft, { force: true });
}

function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
