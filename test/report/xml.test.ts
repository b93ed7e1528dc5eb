// XML is written as xmlbuilder2 writes it.
import { create } from 'xmlbuilder2';
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';
import { expect, test } from 'vitest';
import { xmlDocument } from '../../src/report/formats/xml.ts';
import type { Element } from '../../src/report/formats/xml.ts';

const element = (name: string, more: Omit<Element, 'name' | 'attributes'> = {}, attributes = {}): Element => {
  return { name, attributes, ...more };
};

/** The library keeps anything that looks like an entity, so it is given none. */
function byLibrary(root: Element): string {
  const literally = (text: string | number): string => String(text).replaceAll('&', '&amp;');
  const add = (to: XMLBuilder, { name, attributes, children = [], text = '' }: Element): void => {
    const given = Object.entries(attributes).map(([key, value]) => [key, literally(value)]);
    const node = to.ele(name, Object.fromEntries(given) as Record<string, string>);
    for (const child of children) add(node, child);
    if (text !== '') node.txt(literally(text));
  };
  const document = create({ version: '1.0', encoding: 'UTF-8' });
  add(document, root);
  return `${document.end({ prettyPrint: true })}\n`;
}

const HARD = [
  '<b>"a" & \'b\'</b>',
  '&lt; &amp; &#0;',
  ']]> --> <!-- <![CDATA[',
  'é ⊙ 𝑥',
  'a\nb',
  ' edges ',
  '$& $1 %s',
];

test.each<readonly [string, Element]>([
  ['an empty element', element('a')],
  ['attributes', element('a', {}, { n: 1, x: -0.5, s: 'one' })],
  ['text', element('a', { text: 'some' })],
  ['children', element('a', { children: [element('b', { children: [element('c', { text: 't' })] }), element('b')] })],
  ...HARD.map((text) => [text, element('a', { children: [element('b', { text }, { text })] })] as const),
])('%s', (_what, root) => {
  expect(xmlDocument(root)).toBe(byLibrary(root));
});
