// All experiments as one Markdown page, for readers who browse the repository.
import { markdownTable } from '../../src/report/formats/markdown-table.ts';
import type { Table } from './experiment.ts';
import { commandOf, figureFile } from './section.ts';
import type { Section } from './section.ts';
import { lead, remark, TITLE } from './words.ts';

export function experimentsMarkdown(sections: readonly Section[]): string {
  return [
    ...[`# ${TITLE}`, '', lead(), '', 'Everything on one page: [index.html](index.html).', ''],
    ...sections.map(({ name, question }, i) => `${i + 1}. [${escapeText(question)}](#${name})`),
    '',
    ...sections.flatMap(sectionLines),
  ].join('\n');
}

function sectionLines(section: Section): string[] {
  const { name, question, answer } = section;
  const [first, ...others] = answer.sentences.map(escapeText);
  return [
    ...[`<a id="${name}"></a>`, '', `## ${escapeText(question)}`, '', [`**${first}**`, ...others].join(' '), ''],
    ...answer.figures.flatMap((figure) => [
      ...[
        `![${escapeText(figure.alternative)}](${figureFile(name, figure)})`,
        '',
        `_${escapeText(figure.caption)}_`,
        '',
      ],
    ]),
    ...answer.tables.flatMap(tableLines),
    ...[`${remark(section)} [Numbers](${name}.json). Repeat: \`${commandOf(section)}\``, ''],
  ];
}

function tableLines({ caption, head, rows }: Table): string[] {
  return [
    ...[caption.endsWith('.') ? escapeText(caption) : `${escapeText(caption)}:`, ''],
    ...markdownTable(
      head.map(escapeText),
      rows.map((row) => row.map(escapeText)),
      (i) => (i === 0 ? '---' : '---:'),
    ),
    '',
  ];
}

/** Escapes characters that have a meaning in Markdown. */
function escapeText(text: string): string {
  return text.replaceAll(/[\\*_`<>[\]]/g, '\\$&');
}
