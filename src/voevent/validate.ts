// Is it a VOEvent 2.0, and may it be acknowledged? Checks in the order of the rules: root and role, structure, IVORN.
// It differs from the schema on purpose: `role` must be written, any coordinate system may be named, and what is a URI
// or an id by its type may be any text: none of it is followed. A number must be finite, a date one of our calendar.
import { quoted, type VOEventErrorCode } from './errors.js';
import { parseIsoTime } from './iso-time.js';
import { ivornFault } from './ivorn.js';
import { ROLES } from './model.js';
import { readFloat } from './numbers.js';
import { type Policy, STRICT, type Verdict } from './policy.js';
import { type Rule, type SimpleType, VOEVENT_RULE } from './schema.js';
import { isBlank } from './xml/characters.js';
import type { XmlElement } from './xml/element.js';

/** The namespace of VOEvent 2.0. */
export const VOEVENT_NAMESPACE = 'http://www.ivoa.net/xml/VOEvent/v2.0';

const ANY_VOEVENT_NAMESPACE = 'http://www.ivoa.net/xml/VOEvent/v';
const BIND = `bind it on the root element: <voe:VOEvent xmlns:voe="${VOEVENT_NAMESPACE}" ...>`;

/** So many are looked for; an author mends the first ones first. */
const MAX_FINDINGS = 10;

/** One thing that is wrong. */
export interface Finding {
  readonly code: VOEventErrorCode;
  /** Such as `VOEvent/WhereWhen/ObsDataLocation`. */
  readonly path: string;
  /** What was found, and what to mend. */
  readonly text: string;
  /** Where the element stands in the text. */
  readonly offset: number;
}

/** What is wrong with a document: what refuses it, and what it is marked with; both empty for a VOEvent 2.0. */
export interface Findings {
  /** Gravest first; at most ten. */
  readonly refused: readonly Finding[];
  readonly marked: readonly Finding[];
}

/** What is wrong with a document, by a policy. */
export function findings(root: XmlElement, policy: Policy = STRICT): Findings {
  const version = rootFinding(root);
  const verdict = version && verdictOn(root, version, policy);
  const gravest = verdict === 'refuse' ? version : roleFinding(root);
  if (gravest) return { refused: [gravest], marked: [] };
  const ivorn = ivornFinding(root);
  // There is no schema here for other versions.
  const isChecked = !version || version.code === 'VOEVENT_NAMESPACE';
  const structure = isChecked && policy.schemaError !== 'take' ? structureOf(root) : [];
  const isRefused = policy.schemaError === 'refuse';
  return {
    refused: [...(isRefused ? structure : []), ...(ivorn ? [ivorn] : [])],
    marked: [...(version && verdict === 'mark' ? [version] : []), ...(isRefused ? [] : structure)],
  };
}

function structureOf(root: XmlElement): Finding[] {
  const structure = new StructureCheck();
  structure.check(root, VOEVENT_RULE);
  return structure.found;
}

function verdictOn(root: XmlElement, { code }: Finding, policy: Policy): Verdict {
  if (code === 'VOEVENT_ROOT') return 'refuse';
  if (root.namespace === '') return policy.noNamespace;
  const version = root.attributes.get('version')?.trim();
  if (code !== 'VOEVENT_VERSION') return 'refuse';
  if (version === '1.1') return policy.version11;
  return version === '2.1' ? policy.version21 : 'refuse';
}

function rootFinding(root: XmlElement): Finding | undefined {
  const finding = (code: VOEventErrorCode, text: string) => ({
    code,
    path: root.name,
    text,
    offset: root.offset,
  });
  if (root.name !== 'VOEvent') {
    return finding(
      'VOEVENT_ROOT',
      `the root element is ${quoted(root.name)}, not VOEvent; send one VOEvent and nothing else`,
    );
  }
  const version = root.attributes.get('version')?.trim();
  const { namespace } = root;
  if (namespace === '') return finding('VOEVENT_NAMESPACE', `the element VOEvent has no namespace; ${BIND}`);
  if (namespace === VOEVENT_NAMESPACE && version === '2.0') return undefined;
  if (namespace.startsWith(ANY_VOEVENT_NAMESPACE)) {
    const is = `version ${quoted(version ?? 'none')} in the namespace ${quoted(namespace)}`;
    return finding(
      'VOEVENT_VERSION',
      `the event is ${is}; write VOEvent 2.0, with version="2.0" and ${quoted(VOEVENT_NAMESPACE)}`,
    );
  }
  return finding(
    'VOEVENT_NAMESPACE',
    `the namespace ${quoted(namespace)} is not that of VOEvent 2.0; ${BIND}`,
  );
}

function roleFinding(root: XmlElement): Finding | undefined {
  const role = root.attributes.get('role');
  if (ROLES.some((one) => one === role)) return undefined;
  const is = role === undefined ? 'there is no role' : `the role is ${quoted(role)}`;
  const text = `${is}; write role="..." with one of ${ROLES.join(', ')}`;
  return { code: 'VOEVENT_ROLE', path: 'VOEvent/@role', text, offset: root.offset };
}

function ivornFinding(root: XmlElement): Finding | undefined {
  const ivorn = root.attributes.get('ivorn')?.trim();
  const fault = ivorn === undefined ? undefined : ivornFault(ivorn);
  if (ivorn !== undefined && fault === undefined) return undefined;
  const text = ivorn === undefined ? 'there is no ivorn' : `the ivorn ${quoted(ivorn)} ${fault}`;
  const mend = ': write ivorn="ivo://authority/resource#local"';
  return { code: 'VOEVENT_IVORN', path: 'VOEvent/@ivorn', text: text + mend, offset: root.offset };
}

/** Compares a tree with the schema. */
class StructureCheck {
  readonly found: Finding[] = [];
  #path: string[] = [];

  /** Adds what is wrong with `element` and with what it holds. */
  check(element: XmlElement, rule: Rule): void {
    if (this.found.length >= MAX_FINDINGS) return;
    this.#path.push(element.name);
    this.#checkText(element, rule);
    if (element.attributes.size > 0) this.#checkAttributes(element, rule);
    this.#checkPresence(element, rule);
    for (const one of element.children) this.#checkChild(one, rule);
    this.#path.pop();
  }

  #checkChild(element: XmlElement, parent: Rule): void {
    const child = parent.children.get(element.name);
    if (element.namespace !== '') this.#add(element, foreign(element), 'VOEVENT_NAMESPACE');
    else if (child) this.check(element, child.rule);
    else this.#add(element, `${quoted(element.name)} has no place in it; take it out`);
  }

  #checkText(element: XmlElement, rule: Rule): void {
    if (rule.text === 'text') return;
    const fault = rule.text ? valueFault(element.text, rule.text) : blankFault(element.text);
    if (fault) this.#add(element, fault);
  }

  #checkAttributes(element: XmlElement, rule: Rule): void {
    for (const [name, value] of element.attributes) {
      const type = rule.attributes.get(name);
      if (type === 'text' || isSetting(name)) continue;
      const fault = type ? valueFault(value, type) : 'does not belong there; take it out';
      if (fault) this.#add(element, `attribute ${quoted(name)}: ${fault}`);
    }
  }

  #checkPresence(element: XmlElement, rule: Rule): void {
    if (rule.filled && element.children.length === 0)
      this.#add(element, 'it is empty; fill it or take it out');
    for (const name of rule.requiredAttributes) {
      if (!element.attributes.has(name)) this.#add(element, `the attribute ${name} is missing`);
    }
    for (const name of rule.required) {
      if (!element.children.some((one) => one.name === name))
        this.#add(element, `the element ${name} is missing`);
    }
    if (rule.unique) this.#checkUnique(element, rule);
    const last = rule.last === undefined ? -1 : element.children.findIndex(({ name }) => name === rule.last);
    if (last >= 0 && last < element.children.length - 1)
      this.#add(element, `the element ${rule.last} must come after all others`);
  }

  #checkUnique(element: XmlElement, rule: Rule): void {
    const seen = new Set<string>();
    for (const one of element.children) {
      if (seen.has(one.name) && rule.children.get(one.name)?.once) {
        this.#add(one, `the element ${one.name} stands there more than once`);
      }
      seen.add(one.name);
    }
  }

  #add(element: XmlElement, text: string, code: VOEventErrorCode = 'VOEVENT_STRUCTURE'): void {
    if (this.found.length >= MAX_FINDINGS) return;
    this.found.push({ code, path: this.#path.join('/'), text, offset: element.offset });
  }
}

/** What binds prefixes, and what any element of a schema may have. */
function isSetting(name: string): boolean {
  return /^xmlns(:|$)|:(noNamespaceS|s)chemaLocation$|^xsi:/.test(name);
}

function foreign(element: XmlElement): string {
  const is = `${quoted(element.qualifiedName)} stands in the namespace ${quoted(element.namespace)}`;
  return `${is}; in a VOEvent only the root element has one: bind it to a prefix (xmlns:voe="...")`;
}

function blankFault(text: string): string | undefined {
  return isBlank(text) ? undefined : `the text ${quoted(text.trim())} has no place in it; take it out`;
}

/** What is wrong with a value; `undefined` when it is of that type. */
function valueFault(value: string, type: SimpleType): string | undefined {
  switch (type) {
    case 'text':
      return undefined;
    case 'float':
      if (/^(NaN|[+-]?INF)$/.test(value.trim()) || readFloat(value) !== undefined) return undefined;
      return `${quoted(value)} is not a number`;
    case 'fraction':
      return inUnitRange(readFloat(value)) ? undefined : `${quoted(value)} is not a number from 0 to 1`;
    case 'dateTime':
      if (/T/.test(value) && parseIsoTime(value) !== undefined) return undefined;
      return `${quoted(value)} is not a possible date; write YYYY-MM-DDThh:mm:ss`;
    case 'dataType':
      return oneOf(value, ['string', 'float', 'int']);
    case 'cite':
      return oneOf(value, ['followup', 'supersedes', 'retraction']);
  }
}

function inUnitRange(number: number | undefined): boolean {
  return number !== undefined && number >= 0 && number <= 1;
}

function oneOf(value: string, allowed: readonly string[]): string | undefined {
  return allowed.includes(value) ? undefined : `${quoted(value)} is none of ${allowed.join(', ')}`;
}
