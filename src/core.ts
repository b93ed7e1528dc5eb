/**
 * backproof/core: everything that runs anywhere, browsers included. The network, the hand-written
 * engines and the checks; no files, no TensorFlow.js, no Node.
 * @module backproof/core
 */
export { BackproofError, DataError, UsageError } from './errors.ts';

export { DTYPES, UNIT_ROUNDOFF } from './numeric/dtype.ts';
export type { Dtype, FloatArray } from './numeric/dtype.ts';
export { argMax, matrixOf, toRows, zeros } from './numeric/matrix.ts';
export type { Matrix } from './numeric/matrix.ts';
export { multiply, multiplyTransposedLeft, multiplyTransposedRight } from './numeric/fast-products.ts';
export { createRng, permutation } from './numeric/rng.ts';
export type { Rng } from './numeric/rng.ts';
export { difference, ulpDistance } from './numeric/difference.ts';
export type { Difference } from './numeric/difference.ts';

export { ACTIVATIONS, ELEMENTWISE_ACTIVATIONS, LOSSES, ROW_ACTIVATIONS } from './ops/registry.ts';
export { checkNetwork, countParameters, describeNetwork, pictureLayer, rowLayer } from './network/spec.ts';
export type { ActivationId, ElementwiseActivationId, LossId, PlainActivationId, PlainLossId } from './ops/registry.ts';
export type { LayerSpec, NetworkSpec } from './network/spec.ts';
export type { ArithmeticId } from './numeric/bounds/arithmetic.ts';
export type { Conv2dSpec, FlattenSpec, PictureLayerSpec, PoolSpec } from './network/picture-layers.ts';
export type { BatchNormSpec, DropoutSpec, LayerNormSpec, RowLayerSpec } from './network/row-layers.ts';
export type { Padding, Size } from './ops/layers/windows.ts';
export type { RowActivationId } from './ops/registry.ts';
export { INITIALIZERS, initialParameters } from './network/initializers.ts';
export type { InitializerId, PlainInitializerId } from './network/initializers.ts';
export { checkFinite, checkShapes, copyParameters, namedTensors, zeroParameters } from './network/parameters.ts';
export type { DenseParameters, NamedTensor, ParameterTensor, Parameters } from './network/parameters.ts';
export { checkBatch } from './network/batch.ts';
export type { Batch } from './network/batch.ts';

export type { Dataset, Examples, Targets } from './data/dataset.ts';
export { SCALES, fitScaling } from './data/scaling.ts';
export type { ColumnScaling, ScaleId, Scaling } from './data/scaling.ts';
export { batchOf, createBatches, oneHot } from './data/batches.ts';
export type { BatchPlan, Batches } from './data/batches.ts';
export { REGRESSION, makeRegression } from './data/regression.ts';
export type { RegressionId } from './data/regression.ts';
export { SYNTHETIC, makeSynthetic } from './data/synthetic.ts';
export type { SyntheticId } from './data/synthetic.ts';

export { ACTIVATION } from './ops/registry.ts';
export type { Activation } from './ops/activations/page.ts';
export { ROW_ACTIVATION } from './ops/registry.ts';
export type { RowActivation } from './ops/outputs/page.ts';
export { dense } from './ops/layers/dense.ts';
export type { DenseFields } from './ops/layers/dense.ts';
export type {
  BoundedLayer,
  BoundedOut,
  FieldRule,
  Fields,
  Followed,
  LayerBound,
  LayerPage,
  ParameterShape,
  Pass,
  Saved,
  ScalarPass,
  ShortForm,
  Tensor,
  Tensors,
} from './ops/layers/page.ts';
export type { Tracked } from './numeric/bounds/tracked.ts';
export type {
  LayerAround,
  LayerFault,
  LayerForward,
  LayerStep,
  PenaltyOn,
  PenaltyStep,
  PieceFault,
} from './ops/piece-fault.ts';
export { meanSquaredErrorBackward, meanSquaredErrorForward } from './ops/losses/mean-squared-error.ts';
export { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from './ops/losses/cross-entropy.ts';
export { BACKWARD } from './ops/backward-rules.ts';
export type { BackwardRules } from './ops/piece-fault.ts';

export { OPTIMIZERS } from './ops/optimizers/optimizer.ts';
export type { OptimizerId, OptimizerSpec } from './ops/optimizers/optimizer.ts';
export type { Clipping, Hyperparameters, Optimizer, TensorState } from './ops/optimizers/page.ts';
export { PENALTIES } from './ops/penalties/registry.ts';
export type { PenaltyId } from './ops/penalties/registry.ts';
export type { PenaltyBound, PenaltyPage, PenaltySpec } from './ops/penalties/page.ts';
export { OPTIMIZER, optimizerSpec } from './ops/optimizers/registry.ts';

export type { Engine, EngineFactory, EngineId, LayerTrace } from './engines/engine.ts';
export type { AnswerFlaw, CandidateEngine, FilledIn, Recovery } from './candidates/engine.ts';
export type { LossAndGradients, FaultInjection } from './engines/engine.ts';
export { createVectorEngine } from './engines/vector/vector.ts';
export type { VectorOptions } from './engines/vector/vector.ts';
export { createAutogradEngine } from './engines/autograd/autograd.ts';
export { Value } from './engines/autograd/value.ts';

export { gradientCheck } from './check/gradient-check.ts';
export type { GradientCheck, Helpers } from './check/gradient-check.ts';
export { checkGradient } from './check/function/check-gradient.ts';
export type { FunctionAnswer, GradientProblem } from './check/function/check-gradient.ts';
export { checkLayer } from './check/function/check-layer.ts';
export type { LayerCheck, LayerProblem, LayerProblemFound } from './check/function/check-layer.ts';
export type { OutputAlone } from './check/function/outputs-alone.ts';
export { layerOf } from './check/function/layer.ts';
export type { Layer, LayerGradients, LayerUse } from './check/function/layer.ts';
export type { Keeping, LayerBehaviour } from './check/function/behaviour.ts';
export type { GradientLook } from './check/function/looks-like.ts';
export type { Behaviour, DirectionCheck, FunctionCheck, FunctionVerdict } from './check/function/result.ts';
export type { Reason, TensorCheck, TwinCheck, TwinTensor, WrongEntry } from './check/function/result.ts';
export { checkTensors } from './check/function/check-tensors.ts';
export type { TensorArguments, TensorProblem } from './check/function/check-tensors.ts';
export type { LayerTwin, TensorLibrary, TensorLike, TensorTree, Twin } from './check/function/tensor-library.ts';
export { updateCheck } from './check/update-check.ts';
export type { UpdateCheck, UpdateProblem } from './check/update-check.ts';
export { compare } from './check/compare.ts';
export type { CompareRequest, CompareResult, Timing } from './check/compare.ts';
export { engineInfo } from './check/engine-info.ts';
export type { EngineInfo } from './check/engine-info.ts';
export { checkOracle } from './check/slopes/oracle-check.ts';
export type { OracleCheck, OracleProblem } from './check/slopes/oracle-check.ts';
export type { OwnLoss } from './check/slopes/own-loss.ts';
export { boundedGradients } from './bounds/gradients.ts';
export type { Bounded, Predicted } from './bounds/forward.ts';
export type { BoundedGradients, Kink } from './bounds/gradients.ts';
export type { Extreme } from './numeric/bounds/extremes.ts';
export { predictBoth } from './check/prediction.ts';
export type { EnginePrediction, Prediction } from './check/prediction.ts';
export { FAULTS, FAULT_IDS, faultName, injectionOf, parseFault, possibleFaults } from './faults/registry.ts';
export type { FaultAt, FaultId } from './faults/registry.ts';
export type { Fault, Setting, Stage } from './faults/fault.ts';
export type { Declared, Diagnosis, FaultInjector, NamedFault } from './check/diagnosis/diagnose.ts';
export { TOLD_KINDS } from './check/probe/told.ts';
export type { Probed, Told, ToldKind } from './check/probe/told.ts';
export type { Cell, Scatter } from './check/diagnosis/entries.ts';
export type { Pattern, Patterns } from './check/diagnosis/patterns.ts';
export type { FirstWrong } from './check/diagnosis/first-wrong.ts';
export type { FreeRun, Parting } from './check/run/free-run.ts';
export type { Pair, Side } from './check/pair.ts';
export type { Lockstep } from './check/run/lockstep.ts';
export type { Evaluation, OutputBounds, TestSet } from './check/run/test-set.ts';
export type { Align, Alignment, Through } from './numeric/bounds/alikeness.ts';
export type { Trajectory } from './check/run/training.ts';
export type { ConventionVariant } from './candidates/engine.ts';
export type { Cause } from './check/run/checked-run.ts';
export type { Drift } from './check/run/trajectory.ts';
export { QUESTIONS } from './check/verdict.ts';
export type { BesideStoring, CheckName, Compared, Culprit, Entry, Finding, OracleFinding } from './check/verdict.ts';
export type { OutOfRange, QuestionName, SlopeMeasure, TensorMeasure, Verdict, VerdictKind } from './check/verdict.ts';
export { CHECKING } from './check/watch.ts';
export type { Checking, Phase, Watch } from './check/watch.ts';

export { findingSentence } from './report/words/findings.ts';
export { verdictSentence } from './report/words/sentences.ts';
export type { Sides } from './report/words/findings.ts';
export { formulaAt, updateFormula } from './network/formulas.ts';
