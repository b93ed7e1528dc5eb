// An engine with the declared penalties taken out of its answers: experiments know the loss of the
// data alone.
import { addPenalties } from '../../bounds/penalties.ts';
import { asCandidate } from '../../candidates/engine.ts';
import type { CandidateEngine } from '../../candidates/engine.ts';
import type { Engine } from '../../engines/engine.ts';
import { copyParameters, zeroParameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';

/** @param network with its penalties */
export function withoutPenalties(network: NetworkSpec, engine: Engine): Engine & Partial<CandidateEngine> {
  const { conventions, filledIn } = asCandidate(engine);
  let parameters = zeroParameters(network, 'f64');
  return {
    id: engine.id,
    get dtype() {
      return engine.dtype;
    },
    label: engine.label,
    backend: engine.backend,
    versions: engine.versions,
    ...(conventions !== undefined && { conventions }),
    ...(filledIn !== undefined && { filledIn }),
    async load(given) {
      parameters = copyParameters(copyParameters(given, engine.dtype), 'f64'); // as the engine has them
      await engine.load(given);
    },
    async lossAndGradients(batch) {
      const answer = await engine.lossAndGradients(batch);
      const [taken, errors] = [zeroParameters(network, 'f64'), zeroParameters(network, 'f64')];
      const nothing = { value: 0, error: 0 };
      const B = batch.inputs.rows;
      const { penalty } = addPenalties(network, parameters, B, nothing, { gradients: taken, errors }, []);
      const gradients = copyParameters(answer.gradients, 'f64');
      gradients.forEach(({ values }, t) => {
        for (let i = 0; i < values.length; i++) values[i] -= taken[t].values[i];
      });
      return { loss: answer.loss - penalty, gradients };
    },
    applyGradients: (gradients) => engine.applyGradients(gradients),
    trainStep: (batch) => engine.trainStep(batch),
    predict: (inputs) => engine.predict(inputs),
    parameters: () => engine.parameters(),
    dispose: () => engine.dispose(),
  };
}
