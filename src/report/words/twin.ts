// Sentences about a twin in TensorFlow.js.
import type { TwinCheck, TwinTensor } from '../../check/function/result.ts';
import { listed } from '../../text.ts';
import { formatApart } from './numbers.ts';
import { share } from './shares.ts';

const OWN = "TensorFlow.js's gradient of the twin";

/** "the twin of f.mjs is another function: its value is 0.69, not 0.35" */
export function otherFunctionText({ value, expected }: TwinCheck, name: string): string {
  const [shown, own] = formatApart([value, expected]);
  return `the twin of ${name} is another function: its value is ${shown}, that of ${name} is ${own}`;
}

/**
 * One line for each outcome there is.
 * @param isSaid whether the verdict says already that it is another function
 */
export function twinLines(twin: TwinCheck, isSaid: boolean): string[] {
  if (!twin.isSame) {
    if (isSaid) return ['Its gradient is not compared.'];
    const [shown, own] = formatApart([twin.value, twin.expected]);
    return [`The twin is another function, of value ${shown} in place of ${own}: its gradient is not compared.`];
  }
  const of = (right: TwinTensor['right']): TwinTensor[] => twin.tensors.filter((t) => t.right === right);
  const differs = (right: TwinTensor['right'], side: string): string[] => {
    const found = of(right);
    if (found.length === 0) return [];
    return [`${OWN} differs in ${named(found)}, and the measured slopes side with ${side}.`];
  };
  const [both, open] = [of('both'), of('undecided')];
  const paths = listed(
    both.map(({ path }) => path),
    6,
  );
  const most = Math.max(...both.map(({ apart }) => apart));
  return [
    ...differs('twin', 'TensorFlow.js'),
    ...differs('gradient', 'the one by hand'),
    ...differs('neither', 'neither'),
    ...(both.length === 0 ? [] : [`${OWN} agrees in ${paths}: apart by at most ${share(most)} of a tensor's length.`]),
    ...(open.length === 0 ? [] : [`Whether ${OWN} agrees could not be decided in ${named(open)}.`]),
  ];
}

/** "b (by 75 %) and W (by 2 %)" */
function named(tensors: readonly TwinTensor[]): string {
  return listed(
    tensors.map(({ path, apart }) => `${path} (by ${share(apart)})`),
    6,
  );
}
