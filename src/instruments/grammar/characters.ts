// Classes of characters of the grammar, looked up by their codes.

const CLASSES = new Uint8Array(128);
const DIGIT = 1;
const LETTER = 2;
const LOWER = 4;
const NAME_PART = 8;

for (let code = 0x30; code <= 0x39; code += 1) CLASSES[code] = DIGIT | NAME_PART;
for (let code = 0x41; code <= 0x5a; code += 1) CLASSES[code] = LETTER | NAME_PART;
for (let code = 0x61; code <= 0x7a; code += 1) CLASSES[code] = LETTER | LOWER | NAME_PART;
for (const sign of "_-.+'") CLASSES[sign.charCodeAt(0)] = NAME_PART;

export const SPACE = 0x20;
export const QUOTE = 0x22;
export const PERCENT = 0x25;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const CAPITAL_E = 0x45;
export const CAPITAL_T = 0x54;
export const CAPITAL_Z = 0x5a;
export const BACKSLASH = 0x5c;
export const SMALL_D = 0x64;
export const SMALL_E = 0x65;
export const SMALL_H = 0x68;
export const SMALL_M = 0x6d;
export const SMALL_S = 0x73;
const DELETE = 0x7f;

/** Codes above ASCII belong to no class; nor does NaN, which stands for the end. */
function has(code: number, classes: number): boolean {
  return code < 128 && ((CLASSES[code] as number) & classes) !== 0;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  return has(code, LETTER);
}

export function isLower(code: number): boolean {
  return has(code, LOWER);
}

export function isNamePart(code: number): boolean {
  return has(code, NAME_PART);
}

/** Line ends and the tab end a message of the mesh; the others draw on terminals. */
export function isControl(code: number): boolean {
  return code < SPACE || (code >= DELETE && code <= 0x9f);
}
