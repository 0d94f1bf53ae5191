// Descriptions, references and attributes: what is read alike from every element of an event.
import { compact, filled } from '../compact.js';
import type { Described, Reference } from '../model.js';
import { childrenOf, textOf, type XmlElement } from '../xml/element.js';

/** The description and the references of an element. */
export function readDescribed(element: XmlElement): Described {
  if (element.children.length === 0) return {};
  return compact<Described>({
    description: joinedTexts(element, 'Description'),
    references: filled(childrenOf(element, 'Reference').map(readReference)),
  });
}

export function readReference(element: XmlElement): Reference {
  return {
    uri: element.attributes.get('uri') ?? '',
    ...readAttributes(element, ['type', 'mimetype', 'meaning']),
  };
}

/** The attributes of those names that are there. */
export function readAttributes<Name extends string>(
  element: XmlElement,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = element.attributes.get(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The texts of all children of that name that are not empty. */
export function texts(element: XmlElement, name: string): string[] {
  return childrenOf(element, name).flatMap((one) => textOf(one) ?? []);
}

function joinedTexts(element: XmlElement, name: string): string | undefined {
  return texts(element, name).join('\n') || undefined;
}
