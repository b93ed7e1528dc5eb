// Links of the documents: every relative link leads to a file that is there, and every anchor to a
// heading (or an `<a id>`) of it.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { documents, textOf } from '../scripts/docs/documents.ts';
import { ROOT } from '../scripts/package/pack.ts';

/** Without what is code: a link in it is an example. */
function prose(markdown: string): string {
  return markdown.replace(/^(```|~~~)[^]*?^\1$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));
}

function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.replace(/^```[^]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, text]) => text);
  const ids = [...markdown.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  const anchors = new Set<string>(ids);
  for (const text of headings) {
    const slug = text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let [anchor, n] = [slug, 0];
    while (anchors.has(anchor)) anchor = `${slug}-${++n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What is wrong with the links of one document. */
function broken(document: string, markdown: string): string[] {
  return linksOf(markdown).flatMap((target) => {
    const [path, anchor] = target.split('#');
    const file = path === '' ? document : normalize(join(dirname(document), decodeURIComponent(path)));
    if (path !== '' && !existsSync(join(ROOT, file))) return [`${document}: ${target}: there is no ${file}`];
    if (anchor === undefined || !file.endsWith('.md')) return [];
    const there = anchorsOf(path === '' ? markdown : textOf(file));
    return there.has(decodeURIComponent(anchor)) ? [] : [`${document}: ${target}: there is no such heading`];
  });
}

test.each(documents())('%s', (document) => {
  expect(broken(document, textOf(document))).toEqual([]);
});

test('there are links', () => {
  expect(documents().flatMap((document) => linksOf(textOf(document))).length).toBeGreaterThan(50);
});

test('every page of docs/ is on the index, and on the site', () => {
  const pages = documents().filter((name) => name.startsWith('docs/') && name !== 'docs/README.md');
  const index = linksOf(textOf('docs/README.md'));
  const { projectDocuments } = JSON.parse(textOf('typedoc.json')) as { projectDocuments: string[] };
  expect(pages.filter((name) => !index.includes(name.replace('docs/', '')))).toEqual([]);
  expect(pages.filter((name) => !projectDocuments.includes(name))).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  const text = '# Top\n\n[a](no-such.md) [b](#top) [c](#down) [d](protocol.md#describe) [e](protocol.md#describes)\n';
  expect(
    broken('docs/x.md', `${text}\n\`[f](code.md)\`\n\n## What "x" is: 25 % of it\n\n[g](#what-x-is-25--of-it)\n`),
  ).toEqual([
    'docs/x.md: no-such.md: there is no docs/no-such.md',
    'docs/x.md: #down: there is no such heading',
    'docs/x.md: protocol.md#describes: there is no such heading',
  ]);
});
