// What there is to show of one tensor: its maps, its worst entries, a sample of it, and whether its
// rows are pixels.
import type { Checked } from '../../../answer/checked.ts';
import type { Scatter } from '../../../../check/diagnosis/entries.ts';
import type { EntryMap } from '../../../../check/diagnosis/entry-map.ts';
import type { Entry } from '../../../../check/verdict.ts';
import type { Pictures } from '../../../report.ts';
import { WHERE } from '../../../words/findings.ts';
import { SIDES } from '../parts/words.ts';
import type { Side } from '../parts/words.ts';
import type { Stage } from './stages.ts';

export interface Evidence {
  readonly maps: readonly { readonly side: Side; readonly map: EntryMap; readonly where: string }[];
  /** The worst first; one or several. */
  readonly worst: readonly Entry[];
  readonly scatter: Scatter | null;
  /** Of a first layer's weights whose inputs are pixels. */
  readonly picture: Pick<Pictures, 'rows' | 'cols'> | null;
}

export function evidenceOf(stage: Stage, checked: Checked, pictures: Pictures | null): Evidence {
  const { gradients, lockstep } = checked;
  const own = parameterOf(stage, checked);
  const where = WHERE[gradients?.firstWrongQuestion ?? 'given'];
  const sideMaps = (gradients?.maps ?? []).filter(({ parameter }) => parameter === own && stage.way !== 'update');
  const places = SIDES.flatMap((side) => {
    const first = gradients?.firstWrong[side] ?? null;
    const later = lockstep?.firstWrong[side] ?? null;
    return [
      { side, place: first, where },
      { side, place: later, where: later === null ? '' : ` at step ${later.step} of the run` },
    ].filter(({ place }) => place?.name === stage.name);
  });
  const onTheWay = places.flatMap(({ side, place, where: when }) =>
    place?.map === undefined ? [] : [{ side, map: place.map, where: when }],
  );
  const maps = [...sideMaps.map((map) => ({ side: map.side, map, where })), ...onTheWay];
  const isFirst = stage.layer === 1 && stage.way === 'backward' && pictures !== null;
  const isPixels = isFirst && stage.shape?.length === 2 && stage.shape[0] === pictures.rows * pictures.cols;
  return {
    maps: maps.filter(({ side }, n) => maps.findIndex((one) => one.side === side) === n),
    worst: worstOf(stage, own, checked),
    scatter: stage.way === 'backward' ? (gradients?.scatter.find(({ parameter }) => parameter === own) ?? null) : null,
    picture: isPixels ? pictures : null,
  };
}

/** Gradients are kept under the names of their parameters. */
function parameterOf({ name, way, layer }: Stage, { gradients }: Checked): string {
  if (way === 'backward' && /^d[^z]/.test(name)) return name.slice(1);
  const isOutputs = name.startsWith('a') && gradients?.parameters.at(-1)?.parameter.endsWith(String(layer)) === true;
  return isOutputs ? 'outputs' : name;
}

const WHAT = { forward: ['gradient'], backward: ['gradient'], update: ['update', 'train-step'] } as const;

/** Those of the first step at which it is wrong, else the worst entry of its measure. */
function worstOf({ way, measure, place }: Stage, own: string, { lockstep }: Checked): readonly Entry[] {
  if (place !== null && measure === null) {
    const { side, found, other, exact, index, bound, usedOfBound } = place;
    if (other === null) return [];
    const [candidate, reference] = side === 'candidate' ? [found, other] : [other, found];
    return [{ index, candidate, reference, oracle: exact, bound, usedOfBound }];
  }
  if (measure === null) return [];
  const what: readonly string[] = WHAT[way];
  const cell = lockstep?.cells.find((c) => c.parameter === own && what.includes(c.what) && c.left !== null);
  const sameStep = cell !== undefined && (measure.step === cell.step || cell.step === 0);
  return sameStep && cell.worst.length > 1 ? cell.worst : [measure];
}
