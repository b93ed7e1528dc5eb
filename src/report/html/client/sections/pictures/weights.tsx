// Each pixel has a weight: the first layer's weights of both paths as pictures, and their
// difference.
import { useMemo } from 'preact/hooks';
import type { CompareReport, Pictures } from '../../../../report.ts';
import { formatCount, formatNumber } from '../../../../words/numbers.ts';
import { CIVIDIS, Canvas } from '../../parts/canvas.tsx';
import { bytesOf } from '../../parts/embedded.ts';
import { More } from '../../parts/more.tsx';
import { Section } from '../../parts/section.tsx';
import { SIDES } from '../../parts/words.ts';

const RAMP = Uint8Array.from({ length: 255 }, (_, i) => i + 1);
const PICTURES = ['candidate', 'reference', 'difference'] as const;

export function Weights({ report }: { readonly report: CompareReport }) {
  const { pictures } = report;
  return pictures === null || pictures.weights.units === 0 ? null : (
    <Section id="weights" title="Weights">
      <WeightPictures report={report} pictures={pictures} />
    </Section>
  );
}

function WeightPictures({ report, pictures }: { readonly report: CompareReport; readonly pictures: Pictures }) {
  const { rows, cols, weights } = pictures;
  const { units, shown, scale, differenceScale } = weights;
  const bytes = useMemo(() => PICTURES.map((side) => bytesOf(weights[side])), [weights]);
  const broken = SIDES.map((side) => ({ side, count: weights.notFinite[side] })).filter(({ count }) => count > 0);
  const [candidate, reference] = SIDES.map((side) => report.freeRun.loss[side].length) as [number, number];
  const isApart = report.interrupted && candidate !== reference;
  const size = rows * cols;
  const ofUnit = (unit: number): Uint8Array[] => bytes.map((all) => all.subarray(unit * size, (unit + 1) * size));
  const first =
    shown < units ? ` The first ${formatCount(shown)} of ${formatCount(units)} units are on this page.` : '';
  return (
    <>
      <p>
        Each unit of layer 1 has one weight per pixel, here {isApart ? 'where the run stopped' : 'after training'}. From
        left to right: {report.candidate.label} (candidate), {report.reference.label} (reference), and their difference,
        which has a scale of its own.{first}
      </p>
      {isApart && (
        <p>
          The run was interrupted: the candidate had taken {stepsWords(candidate)}, the reference{' '}
          {stepsWords(reference)}. So the difference is not that of two networks at the same step.
        </p>
      )}
      <div class="scales">
        <Scale name="weights" most={scale} />
        {differenceScale > 0 && <Scale name="difference" most={differenceScale} />}
      </div>
      {broken.map(({ side, count }) => (
        <p>
          {formatCount(count)} of these weights of the {side} are not finite numbers; they are drawn in red.
        </p>
      ))}
      {differenceScale === 0 && (
        <p>Difference: {broken.length === 0 ? 'none, every weight is the same.' : 'none where both are numbers.'}</p>
      )}
      <More class="pictures weights" items={Array.from({ length: shown }, (_, unit) => unit)} what="units">
        {(unit) => (
          <li>
            <figure>
              <Canvas
                {...{ rows, cols, pictures: ofUnit(unit), palette: CIVIDIS }}
                alternative={`unit ${unit}: ${largestOf(ofUnit(unit), pictures)}`}
              />
              <figcaption>unit {unit}</figcaption>
            </figure>
          </li>
        )}
      </More>
    </>
  );
}

function stepsWords(steps: number): string {
  return `${formatCount(steps)} ${steps === 1 ? 'step' : 'steps'}`;
}

function Scale({ name, most }: { readonly name: string; readonly most: number }) {
  const number = formatNumber(most, 3);
  return (
    <div class="scale">
      <span>
        {name} -{number}
      </span>
      <Canvas {...SCALE} alternative={`from dark, -${number}, to light, ${number}`} />
      <span>{number}</span>
    </div>
  );
}

const SCALE = { rows: 1, cols: RAMP.length, pictures: [RAMP], palette: CIVIDIS };

function largestOf([candidate, , difference]: readonly Uint8Array[], { cols, weights }: Pictures): string {
  const at = farthest(candidate);
  const value = (bytes: Uint8Array | undefined, i: number, scale: number): string =>
    formatNumber((((bytes?.[i] ?? 128) - 128) / 127) * scale, 2);
  return [
    `largest weight about ${value(candidate, at, weights.scale)} at row ${Math.floor(at / cols)}, column ${at % cols}`,
    `largest difference about ${value(difference, farthest(difference), weights.differenceScale)}`,
  ].join('; ');
}

/** Where a picture is farthest from 0. */
function farthest(bytes: Uint8Array = new Uint8Array()): number {
  // 0: not a number
  const size = (byte: number | undefined): number => (byte === undefined || byte === 0 ? -1 : Math.abs(byte - 128));
  return bytes.reduce((best, byte, i) => (size(byte) > size(bytes[best]) ? i : best), 0);
}
