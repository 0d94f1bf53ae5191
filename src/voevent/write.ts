// From the model of a VOEvent to the bytes of a document that the 2.0 schema takes.
import type {
  AuthorField,
  Described,
  Group,
  Inference,
  Param,
  Reference,
  Table,
  VOEvent,
  What,
  WhereWhen,
  Who,
  Why,
} from './model.js';
import { VOEVENT_NAMESPACE } from './validate.js';
import { type Attributes, element, escapeText, textElement } from './xml/write.js';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const SCHEMA_LOCATION = `${VOEVENT_NAMESPACE} http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd`;

/** The event as a document in UTF-8. What {@link parseVOEvent} reads from it is equal to `event`. */
export function writeVOEvent(event: VOEvent): Buffer {
  const { ivorn, role, version, who, what, whereWhen, how, why } = event;
  const names = { 'xmlns:voe': VOEVENT_NAMESPACE, 'xmlns:xsi': XSI, 'xsi:schemaLocation': SCHEMA_LOCATION };
  const root = element(
    'voe:VOEvent',
    { ...names, ivorn, role, version },
    who && writeWho(who),
    what &&
      element(
        'What',
        {},
        ...what.params.map(writeParam),
        ...what.groups.map(writeGroup),
        ...writeTables(what),
      ),
    whereWhen && writeWhereWhen(whereWhen),
    how && notEmpty('How', {}, ...described(how)),
    why && writeWhy(why),
    writeCitations(event),
    textElement('Description', event.description),
    event.reference && writeReference(event.reference),
  );
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`);
}

function described({ description, references = [] }: Described): (string | undefined)[] {
  return [textElement('Description', description), ...references.map(writeReference)];
}

function writeReference({ uri, type, mimetype, meaning }: Reference): string {
  return element('Reference', { uri, type, mimetype, meaning });
}

function texts(name: string, values: readonly string[] = []): (string | undefined)[] {
  return values.map((value) => textElement(name, value));
}

function writeWho(who: Who): string {
  const fields = Object.entries(who.author ?? {}) as [AuthorField, readonly string[]][];
  return element(
    'Who',
    {},
    textElement('AuthorIVORN', who.authorIvorn),
    textElement('Date', who.date),
    ...described(who),
    who.author && element('Author', {}, ...(fields.length > 0 ? authorTexts(fields) : ['<title/>'])),
  );
}

function authorTexts(fields: [AuthorField, readonly string[]][]): (string | undefined)[] {
  return fields.flatMap(([name, values]) => texts(name, values));
}

function writeParam(param: Param): string {
  const { name, value, unit, ucd, dataType, utype } = param;
  return element('Param', { name, value, unit, ucd, dataType, utype }, ...described(param));
}

function writeGroup(group: Group): string {
  const { name, type, params } = group;
  return element('Group', { name, type }, ...described(group), ...params.map(writeParam));
}

function writeTables(what: What): (string | undefined)[] {
  return [...what.tables.map(writeTable), ...described(what)];
}

function writeTable(table: Table): string {
  const { name, type, params, fields, rows } = table;
  const columns = fields.map(({ name, unit, ucd, dataType, utype, ...rest }) =>
    element('Field', { name, unit, ucd, dataType, utype }, ...described(rest)),
  );
  const lines = rows.map((row) => element('TR', {}, ...texts('TD', row)));
  const data = lines.length > 0 ? element('Data', {}, ...lines) : undefined;
  return element('Table', { name, type }, ...described(table), ...params.map(writeParam), ...columns, data);
}

function writeWhereWhen(whereWhen: WhereWhen): string {
  const { isoTime, coordSystemId, observatory } = whereWhen;

  const time = element('Time', { unit: 's' }, element('TimeInstant', {}, textElement('ISOTime', isoTime)));
  const location = element(
    'ObservationLocation',
    {},
    element('AstroCoordSystem', { id: coordSystemId }),
    element('AstroCoords', { coord_system_id: coordSystemId }, isoTime && time, writePosition(whereWhen)),
  );
  const data = element('ObsDataLocation', {}, element('ObservatoryLocation', { id: observatory }), location);
  return element('WhereWhen', {}, data, ...described(whereWhen));
}

/** The schema wants all the numbers of a position; what is not known is not a number. */
function writePosition({ c1, c2, error2Radius, units, names }: WhereWhen): string | undefined {
  if (c1 === undefined && c2 === undefined && error2Radius === undefined) return undefined;
  return element(
    'Position2D',
    { unit: units },
    ...(names ? [textElement('Name1', names[0]), textElement('Name2', names[1])] : []),
    element('Value2', {}, textElement('C1', c1 ?? 'NaN'), textElement('C2', c2 ?? 'NaN')),
    textElement('Error2Radius', error2Radius ?? 'NaN'),
  );
}

function writeWhy(why: Why): string {
  const { importance, expires, names, concepts, inferences = [] } = why;
  return notEmpty(
    'Why',
    { importance, expires },
    ...texts('Name', names),
    ...texts('Concept', concepts),
    ...inferences.map(writeInference),
    ...described(why),
  );
}

function writeInference(inference: Inference): string {
  const { probability, relation, names, concepts } = inference;
  return notEmpty(
    'Inference',
    { probability, relation },
    ...texts('Name', names),
    ...texts('Concept', concepts),
    ...described(inference),
  );
}

function writeCitations({ citations, citationsDescription }: VOEvent): string | undefined {
  if (citations.length === 0 && citationsDescription === undefined) return undefined;
  const cited = citations.map(({ ivorn, cite }) => element('EventIVORN', { cite }, escapeText(ivorn)));
  if (cited.length === 0) cited.push('<EventIVORN/>');
  return element('Citations', {}, ...cited, textElement('Description', citationsDescription));
}

/** The schema wants something in these elements; an empty description says nothing. */
function notEmpty(name: string, attributes: Attributes, ...children: (string | undefined)[]): string {
  const some = children.some((one) => one !== undefined);
  return element(name, attributes, ...(some ? children : ['<Description/>']));
}
