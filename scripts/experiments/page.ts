// All experiments as one self-contained page: no scripts, no requests; dark or light like the
// reader's system; printable.
import { htmlAttribute } from '../../src/report/formats/html-text.ts';
import { themed } from '../../src/report/html/themed.ts';
import type { Figure, Table } from './experiment.ts';
import { commandOf } from './section.ts';
import type { Section } from './section.ts';
import { lead, remark, TITLE } from './words.ts';

export function experimentsPage(sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${TITLE}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${TITLE}</h1>
<p>${htmlAttribute(lead())}</p>
</header>
<nav aria-label="Questions">
<ol>
${sections.map(({ name, question }) => `<li><a href="#${name}">${htmlAttribute(question)}</a></li>`).join('\n')}
</ol>
</nav>
<main>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml(section: Section): string {
  const { name, question, answer } = section;
  const [first, ...others] = answer.sentences.map((s) => htmlAttribute(s).replaceAll(' %', '&nbsp;%'));
  return [
    `<section id="${name}" aria-labelledby="${name}-question">`,
    `<h2 id="${name}-question">${htmlAttribute(question)}</h2>`,
    `<p><strong>${first}</strong></p>`,
    ...others.map((sentence) => `<p>${sentence}</p>`),
    `<div class="figures">${answer.figures.map(figureHtml).join('\n')}</div>`,
    ...answer.tables.map(tableHtml),
    `<p class="remark">${htmlAttribute(remark(section))} <a href="${name}.json">Numbers</a>. Repeat: <code>${htmlAttribute(commandOf(section))}</code></p>`,
    '</section>',
  ].join('\n');
}

function figureHtml({ svg, caption }: Figure): string {
  return `<figure>${themed(svg)}<figcaption>${htmlAttribute(caption)}</figcaption></figure>`;
}

function tableHtml({ caption, head, rows }: Table): string {
  const cells = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? `<th scope="row">${htmlAttribute(cell)}</th>` : `<td>${htmlAttribute(cell)}</td>`))
      .join('');
  return [
    `<div class="wide" role="region" tabindex="0" aria-label="${htmlAttribute(caption)}"><table>`,
    `<caption>${htmlAttribute(caption)}</caption>`,
    `<thead><tr>${head.map((cell) => (cell === '' ? '<td></td>' : `<th scope="col">${htmlAttribute(cell)}</th>`)).join('')}</tr></thead>`,
    `<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --faint: #d8d9da; --muted: #555555; --link: #0b5394; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #eeeeee; --paper: #141414; --faint: #3c3c3c; --muted: #b5b5b5; --link: #8ec7ff; }
}
@media print { :root { color-scheme: light; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; font: 1rem/1.55 Arial, Helvetica, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.3rem; line-height: 1.3; }
p { max-width: 48rem; }
a { color: var(--link); }
section { border-top: 1px solid var(--faint); margin-top: 2rem; padding-top: 0.5rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.5rem; align-items: start; }
figure { margin: 0; max-width: 36rem; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { margin-top: 0.4rem; color: var(--muted); }
.wide { overflow-x: auto; margin-top: 1.2rem; break-inside: avoid; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 0.3rem; max-width: calc(100vw - 2rem); }
th, td { border-bottom: 1px solid var(--faint); padding: 0.3rem 0.7rem; text-align: right; font-weight: normal; }
thead th { font-weight: bold; vertical-align: bottom; } th:first-child { text-align: left; }
.remark { color: var(--muted); font-size: 0.9rem; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
`;
