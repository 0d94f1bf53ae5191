// What an XML document is read into: a light tree of elements, and the few questions that are asked of it.

/** An XML element. */
export interface XmlElement {
  /** Local name, without prefix. */
  readonly name: string;
  /** Name as written, with its prefix. */
  readonly qualifiedName: string;
  /** Namespace name; empty when it has none. */
  readonly namespace: string;
  /** Values by the name as written, `xmlns` among them. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All character data that stands directly in it, as it was written. */
  readonly text: string;
  /** Where its `<` stands: offset in the text of the document. */
  readonly offset: number;
}

/** The first child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

/** All children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** Its text without the white space around it; absent when nothing is left. */
export function textOf(element: XmlElement | undefined): string | undefined {
  return element?.text.trim() || undefined;
}

/** The text of the first child of that name. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  return textOf(child(element, name));
}
