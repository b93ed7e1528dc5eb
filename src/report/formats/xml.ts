// Writes XML: a report needs elements, attributes and text alone, and a library for documents of
// every kind takes longer to load than a check of a small network runs.

/** An element with children, with text, or with neither. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children?: readonly Element[];
  readonly text?: string;
}

/** A document, indented by two spaces per level. All characters must be allowed in XML. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines(root, '').join('\n')}\n`;
}

function lines({ name, attributes, children = [], text = '' }: Element, indent: string): string[] {
  const listed = Object.entries(attributes).map(([key, value]) => ` ${key}="${quoted(String(value))}"`);
  const start = `${indent}<${name}${listed.join('')}`;
  if (text !== '') return [`${start}>${escaped(text)}</${name}>`];
  if (children.length === 0) return [`${start}/>`];
  return [`${start}>`, ...children.flatMap((child) => lines(child, `${indent}  `)), `${indent}</${name}>`];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function quoted(text: string): string {
  return escaped(text).replaceAll('"', '&quot;');
}
