// `npm run audit -- layers`: hand-written layers of published libraries, checked by checkLayer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLayer } from '../../../src/check/function/check-layer.ts';
import type { Layer } from '../../../src/check/function/layer.ts';
import { versionOf } from '../sources.ts';

interface LibraryLayer extends Layer {
  readonly library: string;
  readonly packageName: string;
  readonly what: string;
  readonly inputs: unknown;
  readonly parameters?: unknown;
}

export interface CheckedLayer {
  readonly library: string;
  readonly version: string;
  readonly what: string;
  readonly verdict: string;
  readonly evaluations: number;
  readonly detail: string;
  readonly why: string;
}

/** Why a layer is wrong, with the quoted line of its source. */
const FINDINGS: readonly (readonly [packageName: string, what: string, text: string, file: string, quote: string])[] = [
  [
    ...(['convnetjs', 'local response normalisation', 'the entry that is derived by is squared'] as const),
    ...(['build/convnet.js', 'var g = -aj*this.beta*Math.pow(S,this.beta-1)*this.alpha/this.n*2*aj;'] as const),
  ],
  [
    ...(['toygrad', 'leaky relu', "relu's derivative"] as const),
    ...(['dist/layers/leakyrelu.js', 'return (x <= 0) ? 0 : dx;'] as const),
  ],
  [
    ...(['brain.js', 'rows of the input matrix, one twice', 'a row is overwritten, not added to'] as const),
    ...(['dist/recurrent/matrix/row-pluck-b.js', 'left.deltas[rowBase + column] = product.deltas[column];'] as const),
  ],
];

function whyOf(modules: string, packageName: string, what: string): string {
  const found = FINDINGS.find((one) => one[0] === packageName && one[1] === what);
  if (found === undefined) return '';
  const [, , text, file, quote] = found;
  const lines = readFileSync(join(modules, packageName, file), 'utf8').split('\n');
  const line = lines.findIndex((one) => one.includes(quote));
  if (line === -1) throw new Error(`${packageName}/${file}: the line "${quote}" is not there`);
  return `${text}: ${file}:${line + 1}`;
}

export async function auditLayers(modules: string): Promise<CheckedLayer[]> {
  const { layers } = (await import(new URL('layers.mjs', import.meta.url).href)) as {
    layers: () => Promise<LibraryLayer[]>;
  };
  const found: CheckedLayer[] = [];
  for (const { library, packageName, what, inputs, parameters, ...layer } of await layers()) {
    const version = versionOf(modules, packageName);
    try {
      const check = await checkLayer(layer, parameters === undefined ? { inputs } : { inputs, parameters });
      const wrong = check.tensors.flatMap((t) => t.wrong).at(0);
      const problems = check.problems.map(({ kind }) => kind).join(', ');
      const entry =
        wrong === undefined
          ? ''
          : `${wrong.name} is ${Number(wrong.given.toPrecision(4))}, measured ${Number(wrong.measured.toPrecision(4))}`;
      const detail = [problems, entry].filter((text) => text !== '').join('; ');
      found.push({
        library,
        version,
        what,
        verdict: check.verdict,
        evaluations: check.evaluations.value,
        detail,
        why: check.verdict === 'agree' ? '' : whyOf(modules, packageName, what),
      });
    } catch (error) {
      const detail = error instanceof Error ? error.message.split('\n')[0] : String(error);
      found.push({ library, version, what, verdict: 'throws', evaluations: 0, detail, why: '' });
    }
  }
  return found;
}

export function layersMarkdown(found: readonly CheckedLayer[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['library', 'version', 'layer', 'verdict', 'evaluations', 'first wrong entry', 'why'];
  return [
    '# Hand-written layers of published libraries, audited',
    '',
    line(head),
    line(head.map(() => '---')),
    ...found.map((c) => line([c.library, c.version, c.what, c.verdict, String(c.evaluations), c.detail, c.why])),
    '',
    'Repeat: `npm run audit -- layers`',
    '',
  ].join('\n');
}
