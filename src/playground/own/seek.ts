// Looks for the line that is wrong by trying: of all small changes of the code, the one with which
// everything agrees. What is found this way is known, and not only likely.
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Problem } from '../work/problem.ts';
import { edited, editsOf } from './edits.ts';
import type { Repair } from './messages.ts';

export interface Trial {
  /** Opens the network that the code is. @throws if it cannot be run */
  readonly open: (code: string) => Promise<Engine>;
  /** Whether all checks agree with it. */
  readonly agrees: (code: string) => Promise<boolean>;
}

/** @returns null where no small change makes it right */
export async function seekRepair(
  code: string,
  problem: Problem,
  exact: BoundedGradients,
  { open, agrees }: Trial,
): Promise<Repair | null> {
  for (const edit of editsOf(code)) {
    const changed = edited(code, edit);
    if (!(await looksRight(changed, problem, exact, open)) || !(await agrees(changed))) continue;
    const before = code.slice(0, edit.from);
    return {
      line: before.split('\n').length,
      was: code.slice(edit.from, edit.to),
      be: edit.insert,
      whole: lineAt(changed, edit.from),
    };
  }
  return null;
}

/** Whether the gradients of the batch are within their bounds: quick, before all else is asked. */
async function looksRight(
  code: string,
  problem: Problem,
  exact: BoundedGradients,
  open: Trial['open'],
): Promise<boolean> {
  try {
    const engine = await open(code);
    await engine.load(problem.start);
    const { gradients } = await engine.lossAndGradients(problem.batch);
    return gradients.every(({ values }, t) => {
      const [right, errors] = [exact.gradients[t]?.values ?? [], exact.errors[t]?.values ?? []];
      const shifts = exact.shifts?.[t]?.values;
      return values.every((x, i) => Math.abs(x - (right[i] ?? NaN)) <= (errors[i] ?? 0) + Math.abs(shifts?.[i] ?? 0));
    });
  } catch {
    return false; // a change may well make nonsense of it
  }
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, end < 0 ? undefined : end).trim();
}
