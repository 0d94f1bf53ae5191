// The VOEvent 2.0 schema (IVOA, VOEvent-v2.0.xsd) as a table. But for one place it knows no order: its content models
// are all "each at most once" or "any number of any".
import { AUTHOR_FIELDS } from './model.js';

/** What the text of an element or attribute must be. */
export type SimpleType = 'text' | 'float' | 'fraction' | 'dateTime' | 'dataType' | 'cite';

/** What an element may hold, as it is written below. */
interface WrittenRule {
  /** Children that may stand there once, by name, with the rule of each. */
  once?: Readonly<Record<string, string>>;
  /** Children that may be repeated. */
  many?: Readonly<Record<string, string>>;
  /** Children that must be there. */
  required?: readonly string[];
  /** One of the children in `once` that may stand only after all others. */
  last?: string;
  /** It may not be empty. */
  filled?: true;
  /** It has text of that type, and no children. */
  text?: SimpleType;
  attributes?: Readonly<Record<string, SimpleType>>;
  requiredAttributes?: readonly string[];
}

const DESCRIBED = { Description: 'text', Reference: 'Reference' };
const NAMED: Readonly<Record<string, SimpleType>> = { name: 'text', type: 'text' };
const COLUMN: Readonly<Record<string, SimpleType>> = {
  name: 'text',
  ucd: 'text',
  unit: 'text',
  dataType: 'dataType',
  utype: 'text',
};
const NAMES = { Name1: 'text', Name2: 'text' };

/** Rules by name; an element's rule is named by its parent's. */
const WRITTEN: Readonly<Record<string, WrittenRule>> = {
  VOEvent: {
    once: {
      Who: 'Who',
      What: 'What',
      WhereWhen: 'WhereWhen',
      How: 'How',
      Why: 'Why',
      Citations: 'Citations',
      ...DESCRIBED,
    },
    attributes: { version: 'text', ivorn: 'text', role: 'text' },
  },
  Who: { once: { AuthorIVORN: 'text', Date: 'dateTime', Author: 'Author', ...DESCRIBED } },
  Author: { many: Object.fromEntries(AUTHOR_FIELDS.map((name) => [name, 'text'])), filled: true },
  What: { many: { Param: 'Param', Group: 'Group', Table: 'Table', ...DESCRIBED } },
  Param: { many: { Value: 'text', ...DESCRIBED }, attributes: { ...COLUMN, value: 'text' } },
  Group: { many: { Param: 'Param', ...DESCRIBED }, attributes: NAMED },
  Table: { many: { Param: 'Param', Field: 'Field', Data: 'Data', ...DESCRIBED }, attributes: NAMED },
  Field: { many: DESCRIBED, attributes: COLUMN },
  Data: { many: { TR: 'TR' }, filled: true },
  TR: { many: { TD: 'text' }, filled: true },
  WhereWhen: { many: { ObsDataLocation: 'ObsDataLocation', ...DESCRIBED }, attributes: { id: 'text' } },
  ObsDataLocation: {
    once: { ObservatoryLocation: 'ObservatoryLocation', ObservationLocation: 'ObservationLocation' },
    required: ['ObservatoryLocation', 'ObservationLocation'],
  },
  ObservatoryLocation: {
    once: { AstroCoordSystem: 'AstroCoordSystem', AstroCoords: 'AstroCoords' },
    attributes: { id: 'text' },
  },
  ObservationLocation: {
    once: { AstroCoordSystem: 'AstroCoordSystem', AstroCoords: 'AstroCoords' },
    required: ['AstroCoordSystem', 'AstroCoords'],
  },
  AstroCoordSystem: { attributes: { id: 'text' } },
  AstroCoords: {
    once: { Time: 'Time', Position2D: 'Position2D', Position3D: 'Position3D' },
    attributes: { coord_system_id: 'text' },
  },
  Time: { many: { TimeInstant: 'TimeInstant', Error: 'float' }, attributes: { unit: 'text' } },
  TimeInstant: { many: { ISOTime: 'text', TimeOffset: 'float', TimeScale: 'text' } },
  Position2D: {
    once: { ...NAMES, Value2: 'Value2', Error2Radius: 'float' },
    required: ['Value2', 'Error2Radius'],
    attributes: { unit: 'text' },
  },
  Position3D: {
    once: { ...NAMES, Name3: 'text', Value3: 'Value3' },
    required: ['Value3'],
    attributes: { unit: 'text' },
  },
  Value2: { once: { C1: 'float', C2: 'float' }, required: ['C1', 'C2'] },
  Value3: { once: { C1: 'float', C2: 'float', C3: 'float' }, required: ['C1', 'C2', 'C3'] },
  How: { many: DESCRIBED, filled: true },
  Why: {
    many: { Name: 'text', Concept: 'text', Inference: 'Inference', ...DESCRIBED },
    filled: true,
    attributes: { importance: 'float', expires: 'dateTime' },
  },
  Inference: {
    many: { Name: 'text', Concept: 'text', ...DESCRIBED },
    filled: true,
    attributes: { probability: 'fraction', relation: 'text' },
  },
  Citations: {
    once: { Description: 'text' },
    many: { EventIVORN: 'EventIVORN' },
    required: ['EventIVORN'],
    last: 'Description',
  },
  EventIVORN: { text: 'text', attributes: { cite: 'cite' } },
  Reference: {
    attributes: { uri: 'text', type: 'text', mimetype: 'text', meaning: 'text' },
    requiredAttributes: ['uri'],
  },
  text: { text: 'text' },
  float: { text: 'float' },
  dateTime: { text: 'dateTime' },
};

/** What an element may hold, made for looking up: each name is a stranger's, so the tables are maps. */
export interface Rule {
  readonly children: ReadonlyMap<string, ChildRule>;
  /** Some of the children may not be repeated. */
  readonly unique: boolean;
  readonly required: readonly string[];
  readonly last: string | undefined;
  readonly filled: boolean;
  readonly text: SimpleType | undefined;
  readonly attributes: ReadonlyMap<string, SimpleType>;
  readonly requiredAttributes: readonly string[];
}

/** One child of a {@link Rule}. */
export interface ChildRule {
  readonly rule: Rule;
  /** It may not be repeated. */
  readonly once: boolean;
}

/** The rule of the root element. */
export const VOEVENT_RULE: Rule = compile('VOEvent', new Map());

function compile(name: string, known: Map<string, Rule>): Rule {
  const ready = known.get(name);
  if (ready) return ready;
  const { once = {}, many = {}, ...written } = WRITTEN[name] ?? {};
  const rule = {
    children: new Map([...childRules(many, false, known), ...childRules(once, true, known)]),
    unique: Object.keys(once).length > 0,
    required: written.required ?? [],
    last: written.last,
    filled: written.filled ?? false,
    text: written.text,
    attributes: new Map(Object.entries(written.attributes ?? {})),
    requiredAttributes: written.requiredAttributes ?? [],
  };
  known.set(name, rule);
  return rule;
}

function childRules(names: Readonly<Record<string, string>>, once: boolean, known: Map<string, Rule>) {
  return Object.entries(names).map(([name, rule]) => [name, { rule: compile(rule, known), once }] as const);
}
