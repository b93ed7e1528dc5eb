// The same tensors at several steps of the training: at which step it goes wrong. Only what is over
// 100 % has a colour.
import { useRef, useState } from 'preact/hooks';
import type { Cell } from '../../../../check/diagnosis/entries.ts';
import type { Lockstep } from '../../../../check/run/lockstep.ts';
import { formatPlace } from '../../../words/findings.ts';
import { formatNumber, formatUsed } from '../../../words/numbers.ts';
import { EntryTable, usedWords } from '../parts/entry-table.tsx';
import { Fold } from '../parts/fold.tsx';
import type { Labels } from '../parts/words.ts';

const TITLES: Record<Cell['what'], string> = {
  gradient: 'Gradients at the checked steps',
  update: 'Updates with given gradients at the checked steps',
  'train-step': 'Whole training steps at the checked steps',
};

interface Props {
  readonly lockstep: Lockstep;
  readonly what: Cell['what'];
  readonly sides: Labels;
  readonly prefix: string;
}

export function StepTable({ lockstep, what, sides, prefix }: Props) {
  const cells = lockstep.cells.filter((cell) => cell.what === what);
  if (cells.length === 0) return null;
  const wrong = cells.filter(isOver).length;
  const state = wrong === 0 ? 'all right' : `${wrong} of ${cells.length} wrong`;
  return (
    <Fold
      id={`${prefix}steps-${what}`}
      class="others"
      summary={`${TITLES[what]}: ${state}`}
      open={wrong > 0 && isFirst(lockstep, what)}
    >
      {() => <Grid {...{ cells, what, sides, prefix }} steps={lockstep.steps} />}
    </Fold>
  );
}

const ORDER = Object.keys(TITLES);

/** Whether nothing that comes before it is wrong: a wrong gradient makes wrong steps. */
function isFirst({ cells }: Lockstep, what: Cell['what']): boolean {
  return !cells.some((cell) => isOver(cell) && ORDER.indexOf(cell.what) < ORDER.indexOf(what));
}

function isOver({ usedOfBound, left }: Cell): boolean {
  return left !== null || !(usedOfBound <= 1);
}

type GridProps = Omit<Props, 'lockstep'> & { readonly cells: readonly Cell[]; readonly steps: readonly number[] };

function Grid({ cells, steps, what, sides, prefix }: GridProps) {
  const [open, setOpen] = useState<Cell | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const names = [...new Set(cells.map(({ parameter }) => parameter))];
  const show = (cell: Cell): void => {
    setOpen(cell);
    dialog.current?.showModal();
  };
  return (
    <>
      <p class="muted">
        At each step both engines got the same parameters and the same batch. A number is the share of the allowed error
        that the worst entry used. Choose one to see the worst entries.
      </p>
      <ul class="steps" id={`${prefix}heat-map-${what}`}>
        {names.map((name) => (
          <li>
            <strong>{name}</strong>
            <ul>
              {steps.map((step) => {
                const cell = cells.find((c) => c.step === step && c.parameter === name);
                return cell === undefined ? null : <StepCell cell={cell} onOpen={() => show(cell)} />;
              })}
            </ul>
          </li>
        ))}
      </ul>
      <dialog ref={dialog} aria-labelledby={`${prefix}worst-${what}`}>
        {open !== null && <WorstEntries cell={open} sides={sides} id={`${prefix}worst-${what}`} />}
        <form method="dialog">
          <button class="control">Close</button>
        </form>
      </dialog>
    </>
  );
}

function StepCell({ cell, onOpen }: { readonly cell: Cell; readonly onOpen: () => void }) {
  const over = isOver(cell);
  const shown = over ? `✗ ${timesWords(cell)}` : formatUsed(cell.usedOfBound);
  return (
    <li>
      <button class={over ? 'step over' : 'step'} onClick={onOpen}>
        <span class="hidden">{cell.parameter}, </span>
        <span class="muted">step {cell.step}</span> <span class="share">{shown}</span>
        <span class="hidden"> {over ? '' : 'of '}the allowed error; show the worst entries</span>
      </button>
    </li>
  );
}

/** Short, so that ten steps fit: "840 ×", "1.1e5 ×" */
function timesWords({ usedOfBound: used, worst: [entry] }: Cell): string {
  if (!Number.isFinite(used)) return entry === undefined ? formatUsed(used) : usedWords(entry);
  return `${used < 1000 ? formatNumber(used, 3) : used.toExponential(1).replace('+', '')} ×`;
}

function WorstEntries({ cell, sides, id }: { readonly cell: Cell; readonly sides: Labels; readonly id: string }) {
  const { what, parameter, step, worst } = cell;
  const name = what === 'gradient' ? `d${parameter}` : parameter;
  const after = { gradient: '', update: ' after an update', 'train-step': ' after a training step' }[what];
  return (
    <>
      <h3 id={id}>
        {name}
        {after}, step {step}: the worst {worst.length === 1 ? 'entry' : 'entries'}
      </h3>
      <EntryTable
        id="worst-entries"
        label="worst entries"
        sides={sides}
        rows={worst.map((entry) => ({ place: formatPlace({ parameter: name, index: entry.index }), entry }))}
      />
    </>
  );
}
