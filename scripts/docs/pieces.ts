// Parts of documents that are made: tables of the pieces of a network from their pages in src/ops,
// and files of the project. They stand between two comments:
//
//   <!-- made of src/ops: activations -->  or  <!-- made of data/cases/by-hand.json -->
//   <!-- end -->
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { choicesOf } from '../../src/ops/family.ts';
import { activationPages, lossPages } from '../../src/ops/registry.ts';
import { optimizerPages } from '../../src/ops/optimizers/registry.ts';
import { ROOT } from '../package/pack.ts';

const KIND = { elementwise: 'any layer', output: 'last layer' } as const;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

const code = (text: string): string => `\`${text}\``;

/** What is made, by name. */
export const TABLES: Readonly<Record<string, () => string>> = {
  activations: () =>
    table(
      ['id', 'a', 'derivative', 'in'],
      activationPages().map((page) => [
        code(choicesOf([page])[0]),
        code(page.formula.forward),
        code(page.kind === 'output' ? `dz_k = ${page.formula.backward}` : `f'(z) = ${page.formula.derivative}`),
        KIND[page.kind],
      ]),
    ),
  losses: () =>
    table(
      ['id', 'loss', 'its gradient'],
      lossPages().map(({ id, family, formula, from, on }) => [
        code(choicesOf([{ id, ...(family && { family }) }])[0]),
        code(formula.forward),
        `${code(`${from === 'scores' ? 'dz' : 'da'} = ${formula.start(from === 'scores' ? 'z' : 'a')}`)}${on === undefined ? '' : `, on ${on.join(' or ')}`}`,
      ]),
    ),
  optimizers: () =>
    table(
      ['id', 'one step', 'reads, beside `learningRate`', 'source'],
      optimizerPages().map(({ id, formula, reads, source }) => [
        code(id),
        code(formula),
        reads.map(code).join(', '),
        source,
      ]),
    ),
};

const PART = /^<!-- made of (.+) -->\n[^]*?^<!-- end -->$/gm;

/** The document with every such part made again. @throws Error on an unknown name */
export function withMadeParts(markdown: string): string {
  return markdown.replace(PART, (_part, of: string) => `<!-- made of ${of} -->\n\n${partOf(of)}\n\n<!-- end -->`);
}

function partOf(of: string): string {
  const [, name] = /^src\/ops: (\S+)$/.exec(of) ?? [];
  if (name === undefined) return `\`\`\`json\n${readFileSync(join(ROOT, of), 'utf8').trim()}\n\`\`\``;
  if (!Object.hasOwn(TABLES, name))
    throw new Error(`there is no table ${name}, only ${Object.keys(TABLES).join(', ')}`);
  return TABLES[name]();
}

/** As `npm run format` leaves it: tables have their columns aligned. */
export async function formatted(markdown: string): Promise<string> {
  return format(markdown, { ...(await resolveConfig(join(ROOT, 'README.md'))), parser: 'markdown' });
}
