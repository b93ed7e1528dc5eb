// `npm run audit -- layers`: hand-written layers of published libraries, checked by checkLayer.
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
      found.push({ library, version, what, verdict: check.verdict, evaluations: check.evaluations.value, detail });
    } catch (error) {
      const detail = error instanceof Error ? error.message.split('\n')[0] : String(error);
      found.push({ library, version, what, verdict: 'throws', evaluations: 0, detail });
    }
  }
  return found;
}

export function layersMarkdown(found: readonly CheckedLayer[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['library', 'version', 'layer', 'verdict', 'evaluations', 'first wrong entry'];
  return [
    '# Hand-written layers of published libraries, audited',
    '',
    line(head),
    line(head.map(() => '---')),
    ...found.map((c) => line([c.library, c.version, c.what, c.verdict, String(c.evaluations), c.detail])),
    '',
    'Repeat: `npm run audit -- layers`',
    '',
  ].join('\n');
}
