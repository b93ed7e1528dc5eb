// The formula that is right at the first wrong place, and what a known mistake computes instead. A
// mistake that is more than another formula (scaling of the inputs, state of an optimizer) has
// none: it is described in words.
import type { NamedFault } from '../../../../check/diagnosis/diagnose.ts';
import type { Trouble } from '../../../answer/answer.ts';
import type { Checked } from '../../../answer/checked.ts';
import { updateFormula } from '../../../../network/formulas.ts';

/**
 * Of an update that is wrong with given gradients it is that of the optimizer.
 * @param optimizer null where it is not known
 */
export function rightFormula(
  { look, place }: Trouble,
  { updates, lockstep }: Checked,
  optimizer: string | null,
): string | null {
  if (look !== null) return look.formula;
  const all = [...(updates?.updates ?? []), ...(lockstep?.updates ?? [])];
  const isUpdate = all.some(({ parameter, left }) => parameter === place.name && left !== null);
  return isUpdate && optimizer !== null ? updateFormula(optimizer) : null;
}

interface Right {
  /** Left of the =. */
  readonly name: string;
  /** Right of it, without a remark. */
  readonly side: string;
}

type Rewrite = (right: Right) => string | null;

const timesB: Rewrite = ({ side }) => (side.endsWith(' / B') ? side.slice(0, -4) : `B · (${side})`);
const da = (side: string): string | null => /^\((.*)\) ⊙ \(.*\)$/.exec(side)?.[1] ?? null;
const dz = (name: string): string => name.replace(/^d[^z\d]+/, 'dz');

const INSTEAD: Readonly<Partial<Record<string, Rewrite>>> = {
  'loss-sign': ({ side }) => `-${side}`,
  'missing-batch-mean': timesB,
  'batch-mean-twice': ({ side }) => (side.endsWith(' / B') ? side.replace(/ \/ B$/, ' / B²') : `(${side}) / B`),
  'missing-output-mean': ({ side }) => (side.endsWith('/ (B·K)') ? side.replace('/ (B·K)', '/ B') : `K · (${side})`),
  'missing-factor-two': ({ side }) => (side.startsWith('2 ') ? side.slice(2) : `(${side}) / 2`),
  sign: ({ side }) => `-${side}`,
  'transposed-product': ({ side }) => side.replace(/^(\S+)ᵀ (\S+)$/, '$2ᵀ $1'),
  'zero-gradient': () => '0',
  'bias-not-summed': ({ name }) => `${dz(name)} of example 0 alone`,
  'bias-of-last-example': ({ name }) => `${dz(name)} of the last example alone`,
  'bias-averaged': ({ side }) => `(1/B) ${side}`,
  'missing-activation-derivative': ({ side }) => da(side),
  'derivative-at-z': ({ side }) =>
    side.replace(/ ⊙ \((.*)\)$/, (_, f: string) => ` ⊙ (${f.replaceAll(/\ba\b/g, 'z')})`),
  'derivative-at-a': ({ side }) =>
    side.replace(/ ⊙ \((.*)\)$/, (_, f: string) => ` ⊙ (${f.replaceAll(/\bz\b/g, 'a')})`),
};

/**
 * "dW1 = dz1ᵀ x", with the names at this place where they are known; null where the mistake is no
 * other formula.
 */
export function wrongFormula(fault: NamedFault, formula: string): string | null {
  const wrong = wrongGradient(fault, formula) ?? fault.formula;
  return wrong === undefined || wrong === formula ? null : wrong;
}

/** Whether both formulas say what the same value is, whatever its layer: dx and dx3. */
export function isOfOneValue(one: string, other: string): boolean {
  const [a, b] = [one, other].map((formula) => formula.split(/ [=←] /)[0].replace(/\d+$/, ''));
  return a === b;
}

function wrongGradient({ fault }: NamedFault, formula: string): string | undefined {
  const [name = '', ...rest] = formula.split(' = ');
  const side = rest.join(' = ').replace(/\s+\([a-z][a-z ]+\)$/, '');
  const instead = INSTEAD[fault]?.({ name, side });
  if (instead !== undefined && instead !== null) return `${name} = ${instead === side ? rest.join(' = ') : instead}`;
  const derivative = /^(?:derivative|formula)-of-(.*)$/.exec(fault)?.[1];
  const from = da(side);
  return derivative === undefined || from === null ? undefined : `${name} = (${from}) ⊙ (derivative of ${derivative})`;
}
