// The answer on a function or a layer.
import { shapeText } from '../../check/function/tree.ts';
import type { TensorCheck } from '../../check/function/result.ts';
import { safeCheck } from '../../report/safe-report.ts';
import { HeatMap } from '../../report/html/client/parts/heat-map.tsx';
import { Table } from '../../report/html/client/parts/table.tsx';
import { Verdict, toneOf } from '../../report/html/client/parts/verdict.tsx';
import { capital } from '../../report/html/client/parts/words.ts';
import { checkLines, checkSentence, isLayerCheck, layerNotes } from '../../report/words/function-check.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import { formatCount, formatNumber } from '../../report/words/numbers.ts';
import { share } from '../../report/words/shares.ts';
import { entryMapOf } from './entry-map.ts';

const WORD = { agree: 'Agree', disagree: 'Disagree', inconclusive: 'Inconclusive' } as const;
const MARK = { agree: '✓', disagree: '✗', inconclusive: '?' } as const;

export function FunctionPane({ check: given, name }: { readonly check: AnyCheck; readonly name: string }) {
  const check = safeCheck(given);
  const { verdict, tensors, evaluations, noise, precision } = check;
  return (
    <>
      <section class={`answer ${toneOf(verdict)}`} aria-label="verdict">
        <h2 class="verdict">
          <span class="mark" aria-hidden="true">
            {MARK[verdict]}
          </span>
          {WORD[verdict]}
        </h2>
        <p class="headline">{capital(checkSentence(check, name))}.</p>
        <ul class="lines">
          {checkLines(check).map((line) => (
            <li>{line.trim()}</li>
          ))}
        </ul>
      </section>
      <section class="card">
        <h2>Gradients</h2>
        {tensors.map((tensor) => (
          <TensorMap tensor={tensor} />
        ))}
        <Table
          label="tensors"
          id="own-tensors"
          head={[{ text: 'tensor' }, { text: 'verdict' }, 'entries', 'one entry off by this much shows']}
          rows={tensors.map((tensor) => ({
            head: nameOf(tensor),
            cells: [
              <Verdict kind={tensor.verdict === 'undecided' ? 'inconclusive' : tensor.verdict} />,
              formatCount(tensor.entries),
              tensor.verdict !== 'agree' || tensor.seenFrom === null ? '-' : share(tensor.seenFrom),
            ],
          }))}
        />
        <p class="muted">
          {formatCount(evaluations.value)} evaluations, {formatCount(evaluations.gradient)} of the gradient; values are
          exact to {formatNumber(noise, 2)} ({precision}).
        </p>
        {isLayerCheck(check) && layerNotes(check).map((note) => <p class="muted">{note}</p>)}
      </section>
    </>
  );
}

function nameOf({ path, shape }: TensorCheck): string {
  return shape === null || shape.length === 0 ? path : `${path} ${shapeText(shape)}`;
}

function TensorMap({ tensor }: { readonly tensor: TensorCheck }) {
  const map = entryMapOf(tensor);
  if (map === null) return null;
  return (
    <article class="tensor">
      <h3>
        <span class="bad" aria-hidden="true">
          ✗
        </span>{' '}
        {nameOf(tensor)}
      </h3>
      <HeatMap id={`own-map-${tensor.path.replaceAll(/\W+/g, '-')}`} name={tensor.path} map={map} />
    </article>
  );
}
