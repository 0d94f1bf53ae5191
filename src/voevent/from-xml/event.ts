// An event from the tree of its document, which has passed validation.
import { compact, filled } from '../compact.js';
import type { AuthorField, Citation, Inference, VOEvent, Who, Why } from '../model.js';
import { AUTHOR_FIELDS, ROLES } from '../model.js';
import { readFloat } from '../numbers.js';
import { child, childrenOf, childText, textOf, type XmlElement } from '../xml/element.js';
import { readAttributes, readDescribed, readReference, texts } from './described.js';
import { readWhat } from './what.js';
import { readWhereWhen } from './where-when.js';

export function readEvent(root: XmlElement): VOEvent {
  const { attributes } = root;
  return compact<VOEvent>({
    ivorn: attributes.get('ivorn')?.trim() ?? '',
    role: ROLES.find((role) => role === attributes.get('role')) ?? 'test',
    version: attributes.get('version')?.trim() ?? '',
    who: part(root, 'Who', readWho),
    what: part(root, 'What', readWhat),
    whereWhen: part(root, 'WhereWhen', readWhereWhen),
    how: part(root, 'How', readDescribed),
    why: part(root, 'Why', readWhy),
    citations: childrenOf(child(root, 'Citations'), 'EventIVORN').flatMap(readCitation),
    citationsDescription: childText(child(root, 'Citations'), 'Description'),
    description: childText(root, 'Description'),
    reference: part(root, 'Reference', readReference),
  });
}

function part<T>(root: XmlElement, name: string, read: (element: XmlElement) => T): T | undefined {
  const element = child(root, name);
  return element && read(element);
}

function readWho(element: XmlElement): Who {
  return compact<Who>({
    ...readDescribed(element),
    authorIvorn: childText(element, 'AuthorIVORN'),
    date: childText(element, 'Date'),
    author: part(element, 'Author', readAuthor),
  });
}

function readAuthor(element: XmlElement): Partial<Record<AuthorField, readonly string[]>> {
  const fields: Partial<Record<AuthorField, string[]>> = {};
  for (const one of element.children) {
    const value = textOf(one);
    if (value === undefined) continue;
    const name = AUTHOR_FIELDS.find((field) => field === one.name);
    if (name === undefined) continue;
    fields[name] = [...(fields[name] ?? []), value];
  }
  return fields;
}

function readWhy(element: XmlElement): Why {
  return compact<Why>({
    ...readDescribed(element),
    importance: readFloat(element.attributes.get('importance')),
    expires: element.attributes.get('expires')?.trim() || undefined,
    names: filled(texts(element, 'Name')),
    concepts: filled(texts(element, 'Concept')),
    inferences: filled(childrenOf(element, 'Inference').map(readInference)),
  });
}

function readInference(element: XmlElement): Inference {
  return compact<Inference>({
    ...readDescribed(element),
    ...readAttributes(element, ['relation']),
    probability: readFloat(element.attributes.get('probability')),
    names: filled(texts(element, 'Name')),
    concepts: filled(texts(element, 'Concept')),
  });
}

function readCitation(element: XmlElement): Citation[] {
  const ivorn = textOf(element);
  return ivorn === undefined ? [] : [{ ivorn, ...readAttributes(element, ['cite']) }];
}
