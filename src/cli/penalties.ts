// The penalties that the options ask for.
import { UsageError } from '../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Options } from './options.ts';

/** The penalties of --l2 and --l1. @throws UsageError where an option says what there is not */
export function penaltiesOf(options: Options): Pick<NetworkSpec, 'penalties'> {
  const { l1, l2 } = options;
  if (options['l2-half'] === true && l2 === undefined) throw new UsageError('--l2-half needs --l2');
  const common = {
    ...(options['penalize-biases'] === true && { biases: true }),
    ...(options['penalty-over-batch'] === true && { overBatch: true }),
  };
  const penalties = [
    ...(l2 === undefined ? [] : [{ kind: 'l2', strength: l2, ...(options['l2-half'] && { half: true }), ...common }]),
    ...(l1 === undefined ? [] : [{ kind: 'l1', strength: l1, ...common }]),
  ];
  if (penalties.length > 0) return { penalties };
  const [alone] =
    Object.keys(common).length > 0
      ? ['penalize-biases', 'penalty-over-batch'].filter((name) => options[name as 'penalize-biases'])
      : [];
  if (alone !== undefined) throw new UsageError(`--${alone} needs --l2 or --l1`);
  return {};
}
