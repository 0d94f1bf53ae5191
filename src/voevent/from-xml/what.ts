// The What of an event: params, groups of params, tables.
import type { Field, Group, Param, Table, What } from '../model.js';
import { child, childrenOf, type XmlElement } from '../xml/element.js';
import { readAttributes, readDescribed } from './described.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function readWhat(element: XmlElement): What {
  return {
    ...readDescribed(element),
    params: childrenOf(element, 'Param').map(readParam),
    groups: childrenOf(element, 'Group').map(readGroup),
    tables: childrenOf(element, 'Table').map(readTable),
  };
}

/** The value is an attribute, or else a child. */
function readParam(element: XmlElement): Param {
  const param = readColumn(element);
  const value = element.attributes.get('value') ?? child(element, 'Value')?.text.trim();
  if (value !== undefined) param.value = value;
  return element.children.length === 0 ? param : { ...param, ...readDescribed(element) };
}

/** One by one, not in a loop over the names: an event is mostly params, and this takes a third of the time. */
function readColumn({ attributes }: XmlElement): Writable<Param> {
  const column: Writable<Param> = {};
  const name = attributes.get('name');
  if (name !== undefined) column.name = name;
  const unit = attributes.get('unit');
  if (unit !== undefined) column.unit = unit;
  const ucd = attributes.get('ucd');
  if (ucd !== undefined) column.ucd = ucd;
  const dataType = attributes.get('dataType');
  if (dataType !== undefined) column.dataType = dataType;
  const utype = attributes.get('utype');
  if (utype !== undefined) column.utype = utype;
  return column;
}

function readGroup(element: XmlElement): Group {
  const params = childrenOf(element, 'Param').map(readParam);
  return { ...readAttributes(element, ['name', 'type']), ...readDescribed(element), params };
}

function readTable(element: XmlElement): Table {
  return {
    ...readGroup(element),
    fields: childrenOf(element, 'Field').map(readField),
    rows: childrenOf(element, 'Data')
      .flatMap((data) => childrenOf(data, 'TR'))
      .map((row) => childrenOf(row, 'TD').map((cell) => cell.text.trim())),
  };
}

function readField(element: XmlElement): Field {
  return { ...readColumn(element), ...readDescribed(element) };
}
