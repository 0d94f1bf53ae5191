// The instrument grammar: sentences, the table of commands, answers.
export * from './answer.js';
export type { Command, CommandTable, Runs } from './command.js';
export * from './device-names.js';
export { GrammarError } from './grammar-error.js';
export type { Kind } from './kind.js';
export { parseSentence } from './parse-sentence.js';
export * from './sentence.js';
export * from './tables/camera.js';
export * from './tables/common.js';
export { SHUTTER_STATES } from './tables/devices.js';
export * from './tables/index.js';
export { TRACKING_RATES } from './tables/telescope.js';
export { meaning, type SpokenCommand, understand } from './understand.js';
export { UNITS, type Unit } from './units.js';
export * from './usage.js';
export { writeSentence, writeText, writeWord } from './write-sentence.js';
