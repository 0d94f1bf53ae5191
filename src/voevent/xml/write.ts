// XML text from names and values, escaped so that a reader gets back what was put in.
import { permitted } from './characters.js';

/** Attributes by name; those that are `undefined` are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element that holds markup: the texts of its children, of which those that are `undefined` are left out. */
export function element(name: string, attributes: Attributes, ...children: (string | undefined)[]): string {
  const content = children.filter((one) => one !== undefined).join('');
  const tag = `${name}${attributesText(attributes)}`;
  return content === '' ? `<${tag}/>` : `<${tag}>${content}</${name}>`;
}

/** An element that holds a text; nothing when there is no text. */
export function textElement(name: string, text: string | number | undefined): string | undefined {
  return text === undefined ? undefined : element(name, {}, escapeText(String(text)));
}

/** Text fit for the content of an element. Characters that XML forbids become U+FFFD. */
export function escapeText(text: string): string {
  return escaped(text, /[&<>\r]/g);
}

/** Text fit for an attribute in double quotes; line ends and tabs survive. */
function escapeAttribute(text: string): string {
  return escaped(text, /[&<>"\r\n\t]/g);
}

function attributesText(attributes: Attributes): string {
  let text = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) text += ` ${name}="${escapeAttribute(String(value))}"`;
  }
  return text;
}

const NAMED = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** Nothing in it has to be escaped anywhere: nearly all that is written. */
const PLAIN = /^[ !#-%'-;=?-~]*$/;

function escaped(text: string, special: RegExp): string {
  if (PLAIN.test(text)) return text;
  return permitted(text).replace(special, (one) => NAMED.get(one) ?? `&#${one.charCodeAt(0)};`);
}
