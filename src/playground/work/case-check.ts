// The check of a case file, in a worker. Few readers have one, so it is loaded when one is given.
import { caseOptimizer, checkCase } from '../../check/expected/case-check.ts';
import { overall } from '../../check/verdict.ts';
import type { Setting } from '../../faults/fault.ts';
import { parseCase } from '../../network/case.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { GradcheckReport } from '../../report/report.ts';
import { HEAD, withBoth } from './network-check.ts';
import type { Checked } from './network-check.ts';

/**
 * As `backproof gradcheck --case FILE --reference vector`.
 * @param usual where the case names no optimizer
 * @param asked makes who is checked for the network of the case
 * @throws DataError if the text is no case; CandidateError, UsageError
 */
export async function checkCaseText(
  text: string,
  usual: OptimizerSpec,
  asked: (setting: Setting) => Checked,
): Promise<GradcheckReport> {
  const problem = parseCase(text, 'the case');
  const setting: Setting = {
    network: problem.network,
    optimizer: caseOptimizer(problem) ?? usual,
    scaling: { mean: 0, deviation: 255 }, // a case does not say how its inputs were scaled
  };
  return withBoth(setting, asked(setting), async (engines, helpers, infos) => {
    const one = await checkCase(problem, setting.optimizer, engines, helpers);
    const nothing = { settings: null, gradientCheck: null, updateCheck: null };
    return { ...HEAD, ...infos(), ...nothing, cases: [one], verdict: overall([one.verdict]) };
  });
}
