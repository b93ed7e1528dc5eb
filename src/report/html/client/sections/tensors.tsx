// Every tensor of the pass forward and back: the wrong ones in full, the right ones folded.
import type { Checked } from '../../../answer/checked.ts';
import type { Pictures } from '../../../report.ts';
import { lossPartsLines, oracleLine } from '../../../words/expected.ts';
import { kinkLines } from '../../../words/sentences.ts';
import { formatCount } from '../../../words/numbers.ts';
import { evidenceOf } from '../model/evidence.ts';
import { stageId } from '../model/stages.ts';
import type { Stage } from '../model/stages.ts';
import { Fold } from '../parts/fold.tsx';
import { Section } from '../parts/section.tsx';
import { StatusMark } from '../parts/verdict.tsx';
import { shapeWords } from '../parts/words.ts';
import type { Labels } from '../parts/words.ts';
import { ScatterChart } from './scatter.tsx';
import { StepTable } from './steps.tsx';
import { WrongTensor } from './tensor.tsx';

export interface TensorsProps {
  readonly stages: readonly Stage[];
  readonly checked: Checked;
  readonly pictures: Pictures | null;
  readonly sides: Labels;
  readonly prefix: string;
}

export function Tensors(props: TensorsProps) {
  const { checked, prefix, stages, sides } = props;
  const { gradients, lockstep } = checked;
  if (gradients === null) return null;
  const oracle = oracleLine(gradients);
  const kinks = lockstep === null ? kinkLines(gradients.kinks) : [];
  return (
    <Section id={`${prefix}gradients`} title="Gradients">
      <Stages {...props} stages={stages.filter(({ way }) => way !== 'update')} what="tensors" />
      {lockstep !== null && <StepTable lockstep={lockstep} what="gradient" sides={sides} prefix={prefix} />}
      {[...lossPartsLines(gradients), ...(oracle === null ? [] : [oracle]), ...kinks].map((line) => (
        <p class="muted">{line}</p>
      ))}
    </Section>
  );
}

export function Updates(props: TensorsProps) {
  const { checked, prefix, sides } = props;
  const stages = props.stages.filter(({ way }) => way === 'update');
  if (stages.length === 0) return null;
  const leaves = stages.some(({ measure }) => measure?.besideStoring !== undefined);
  return (
    <Section id={`${prefix}updates`} title="Updates">
      <Stages {...props} stages={stages} what="updated tensors" />
      {checked.lockstep !== null && (
        <>
          <StepTable lockstep={checked.lockstep} what="update" sides={sides} prefix={prefix} />
          <StepTable lockstep={checked.lockstep} what="train-step" sides={sides} prefix={prefix} />
        </>
      )}
      {leaves && (
        <p class="muted">
          The last rounding of each stored weight, which can use nearly all of its bound, is left out of these shares.
        </p>
      )}
    </Section>
  );
}

/** What is shown in full: seen to be wrong, and not only inferred. */
function isShown({ status, measure, place }: Stage): boolean {
  return status === 'open' || status === 'disputed' || (status === 'wrong' && (measure !== null || place !== null));
}

function Stages({ stages, checked, pictures, sides, prefix, what }: TensorsProps & { readonly what: string }) {
  const [wrong, others] = [stages.filter(isShown), stages.filter((stage) => !isShown(stage))];
  const ids = others.map((stage) => `${prefix}${stageId(stage)}`);
  return (
    <>
      {wrong.map((stage, n) => (
        <WrongTensor {...{ stage, sides, prefix }} open={n === 0} evidence={evidenceOf(stage, checked, pictures)} />
      ))}
      {others.length > 0 && (
        <Fold class="others" summary={othersWords(others, what)} holds={ids}>
          {() => (
            <ul class="stages">
              {others.map((stage) => (
                <Other stage={stage} id={`${prefix}${stageId(stage)}`} checked={checked} sides={sides} />
              ))}
            </ul>
          )}
        </Fold>
      )}
    </>
  );
}

function othersWords(others: readonly Stage[], what: string): string {
  const of = (...statuses: Stage['status'][]): number =>
    others.filter(({ status }) => statuses.includes(status)).length;
  const parts: [number, string][] = [
    [of('right'), 'right'],
    [of('wrong'), 'inferred to be wrong'],
    [of('missing'), 'missing'],
    [of('unknown'), 'not compared'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${said.join(', ')}`;
}

function Other({ stage, id, checked, sides }: { stage: Stage; id: string; checked: Checked; sides: Labels }) {
  const { scatter } = evidenceOf(stage, checked, null);
  return (
    <li id={id} tabIndex={-1}>
      <StatusMark status={stage.status} /> <strong>{stage.name}</strong>{' '}
      <span class="muted">
        {stage.shape === null ? '' : `${shapeWords(stage.shape)} · `}
        {stage.note}
      </span>
      {scatter !== null && (
        <Fold class="numbers" summary={`${stage.name} computed against exact`}>
          {() => <ScatterChart id={`${id}-scatter`} scatter={scatter} sides={sides} />}
        </Fold>
      )}
    </li>
  );
}
