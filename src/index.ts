/**
 * The public API: networks, engines, checks, reports.
 * @module backproof
 */
export {
  BackproofError,
  CandidateError,
  DataError,
  EngineUnavailableError,
  OutputError,
  UsageError,
} from './errors.ts';

export { DTYPES } from './numeric/dtype.ts';
export type { Dtype, FloatArray } from './numeric/dtype.ts';
export { matrixOf, toRows, zeros } from './numeric/matrix.ts';
export type { Matrix } from './numeric/matrix.ts';
export { createRng } from './numeric/rng.ts';
export type { Rng } from './numeric/rng.ts';
export { difference, ulpDistance } from './numeric/difference.ts';
export type { Difference } from './numeric/difference.ts';

export { ACTIVATIONS, LOSSES } from './ops/registry.ts';
export { checkNetwork, describeNetwork, pictureLayer, rowLayer } from './network/spec.ts';
export type { ActivationId, LossId, PlainActivationId, PlainLossId, RowActivationId } from './ops/registry.ts';
export type { LayerSpec, NetworkSpec } from './network/spec.ts';
export type { ArithmeticId } from './numeric/bounds/arithmetic.ts';
export type { Conv2dSpec, FlattenSpec, PictureLayerSpec, PoolSpec } from './network/picture-layers.ts';
export type { BatchNormSpec, DropoutSpec, LayerNormSpec, RowLayerSpec } from './network/row-layers.ts';
export type { Padding, Size } from './ops/layers/windows.ts';
export { INITIALIZERS, initialParameters } from './network/initializers.ts';
export type { InitializerId, PlainInitializerId } from './network/initializers.ts';
export { copyParameters, denseLayers, fromDense, namedTensors } from './network/parameters.ts';
export type { DenseParameters, NamedTensor, ParameterTensor, Parameters } from './network/parameters.ts';
export { checkBatch } from './network/batch.ts';
export type { Batch } from './network/batch.ts';
export { parseCase } from './network/case.ts';
export type { Case, CaseOptimizer } from './network/case.ts';
export type { Expected, ExpectedTraining, Stated } from './network/expected.ts';
export type { Meaning } from './network/meaning.ts';
export { formatParameterFile, parseParameterFile } from './network/parameter-file.ts';
export type { ParameterFile } from './network/parameter-file.ts';

export { loadDataset } from './data/load.ts';
export { DATASETS } from './data/names.ts';
export type { DatasetRequest } from './data/load.ts';
export type { DatasetId } from './data/names.ts';
export type { Task } from './data/csv/labels.ts';
export type { Dataset, Examples, Targets } from './data/dataset.ts';
export { parseIdx } from './data/idx.ts';
export type { IdxArray } from './data/idx.ts';
export { digitOf } from './data/picture/digit.ts';
export type { PreparedDigit } from './data/picture/digit.ts';
export { readDigit } from './data/picture/file.ts';
export type { DigitPicture, PictureFormat } from './data/picture/file.ts';
export type { InkShade } from './data/picture/ink.ts';
export type { Rgba } from './data/picture/shades.ts';
export { SCALES, fitScaling } from './data/scaling.ts';
export type { ColumnScaling, ScaleId, Scaling } from './data/scaling.ts';
export { batchOf, createBatches, oneHot } from './data/batches.ts';
export type { BatchPlan, Batches } from './data/batches.ts';

export { OPTIMIZERS } from './ops/optimizers/optimizer.ts';
export type { OptimizerId, OptimizerSpec } from './ops/optimizers/optimizer.ts';
export type { Clipping, Hyperparameters, Optimizer, TensorState } from './ops/optimizers/page.ts';
export { PENALTIES } from './ops/penalties/registry.ts';
export type { PenaltyId } from './ops/penalties/registry.ts';
export type { PenaltySpec } from './ops/penalties/page.ts';
export { OPTIMIZER, optimizerSpec } from './ops/optimizers/registry.ts';

export { ENGINES } from './engines/engine.ts';
export type { Engine, EngineFactory, EngineId, LayerTrace } from './engines/engine.ts';
export type { AnswerFlaw, CandidateEngine, FilledIn, Recovery } from './candidates/engine.ts';
export type { FaultInjection, LossAndGradients, TrainedSteps } from './engines/engine.ts';
export { createEngine } from './engines/registry.ts';
export type {
  Candidate,
  CandidateAnswer,
  CandidateGradients,
  CandidateLayer,
  LayerTensors,
  CandidateModule,
  CandidateProblem,
  CandidateStep,
  CandidateStepModule,
  CandidateStepped,
  CandidateTrainStep,
  CandidateUpdate,
  CandidateUpdated,
  GivenBias,
  GivenInputs,
  GivenMatrix,
  GivenTargets,
  GivenVector,
  IsDeclared,
  NumberRows,
  Numbers,
} from './candidates/candidate.ts';
export { localPort } from './candidates/process/local.ts';
export { openCommand } from './candidates/process/command.ts';
export { CONVENTIONS, DEFAULT_CONVENTIONS } from './candidates/conventions/conventions.ts';
export { conventionsOf } from './candidates/conventions/declared.ts';
export type { ConventionName, Conventions, DeclaredConventions } from './candidates/conventions/conventions.ts';
export { createExternalEngine } from './candidates/external.ts';
export { Precision } from './numeric/single-precision.ts';
export type { CandidateOptions } from './candidates/limits.ts';
export { openModule } from './candidates/process/module.ts';
export type {
  Answered,
  CandidatePort,
  ChangedArgument,
  Description,
  Request,
  RequestName,
  Shaped,
  ShapedBatch,
  ShapedLayer,
} from './candidates/request.ts';
export type { EngineOptions } from './engines/engine-options.ts';
export { BACKENDS, BROWSER_BACKENDS } from './engines/tfjs/backends.ts';
export type { BackendChoice, BackendId, BrowserBackend } from './engines/tfjs/backends.ts';

export { compare } from './check/compare.ts';
export type { CompareRequest, CompareResult, Timing } from './check/compare.ts';
export type { EngineInfo } from './check/engine-info.ts';
export { gradientCheck } from './check/gradient-check.ts';
export type { GradientCheck, Helpers, Kept } from './check/gradient-check.ts';
export { checkGradient } from './check/function/check-gradient.ts';
export type { FunctionAnswer, GradientProblem } from './check/function/check-gradient.ts';
export { checkTensors } from './check/function/check-tensors.ts';
export type { TensorArguments, TensorProblem } from './check/function/check-tensors.ts';
export type { LayerTwin, TensorLibrary, TensorLike, TensorTree, Twin } from './check/function/tensor-library.ts';
export { checkLayer } from './check/function/check-layer.ts';
export type { LayerCheck, LayerProblem, LayerProblemFound } from './check/function/check-layer.ts';
export type { OutputAlone } from './check/function/outputs-alone.ts';
export { layerOf } from './check/function/layer.ts';
export type { Layer, LayerGradients, LayerUse } from './check/function/layer.ts';
export type { Keeping, LayerBehaviour } from './check/function/behaviour.ts';
export type { GradientLook } from './check/function/looks-like.ts';
export type { Behaviour, DirectionCheck, FunctionCheck, FunctionVerdict } from './check/function/result.ts';
export type { Reason, TensorCheck, TwinCheck, TwinTensor, WrongEntry } from './check/function/result.ts';
export { checkCase } from './check/expected/case-check.ts';
export type { CaseCheck } from './check/expected/case-check.ts';
export type { ExpectedCheck, ExpectedTrainingCheck } from './check/expected/expected-check.ts';
export type { Reading } from './check/expected/readings.ts';
export { boundedGradients } from './bounds/gradients.ts';
export type { FollowedTensors } from './bounds/followed.ts';
export type { Bounded, Predicted } from './bounds/forward.ts';
export type { BoundedGradients, Kink, StepBounds } from './bounds/gradients.ts';
export type { Extreme } from './numeric/bounds/extremes.ts';
export { FAULT_IDS, injectionOf, parseFault, possibleFaults } from './faults/registry.ts';
export type { FaultAt, FaultId } from './faults/registry.ts';
export type { Setting, Stage } from './faults/fault.ts';
export { predictBoth } from './check/prediction.ts';
export type { EnginePrediction, Prediction } from './check/prediction.ts';
export { updateCheck } from './check/update-check.ts';
export type { KeptUpdates } from './check/update-check.ts';
export type { UpdateSequence } from './check/diagnosis/diagnose.ts';
export type { Question } from './check/questions/protocol.ts';
export type { UpdateCheck, UpdateProblem } from './check/update-check.ts';
export type { Declared, Diagnosis, FaultInjector, NamedFault } from './check/diagnosis/diagnose.ts';
export { TOLD_KINDS } from './check/probe/told.ts';
export type { Probed, Told, ToldKind } from './check/probe/told.ts';
export { answerOf } from './report/answer/answer.ts';
export type { Answer, Trouble } from './report/answer/trouble.ts';
export type { Look } from './report/answer/tensors.ts';
export type { Cell, Scatter } from './check/diagnosis/entries.ts';
export type { Pattern, Patterns } from './check/diagnosis/patterns.ts';
export type { FirstWrong } from './check/diagnosis/first-wrong.ts';
export type { EntryMap, SideMap } from './check/diagnosis/entry-map.ts';
export type { FreeRun, Parting } from './check/run/free-run.ts';
export type { Pair, Side } from './check/pair.ts';
export type { Lockstep } from './check/run/lockstep.ts';
export type { Evaluation, OutputBounds, TestSet } from './check/run/test-set.ts';
export type { OracleCheck } from './check/slopes/oracle-check.ts';
export type { Align, Alignment, Through } from './numeric/bounds/alikeness.ts';
export type { OwnLoss } from './check/slopes/own-loss.ts';
export type { Trajectory } from './check/run/training.ts';
export type { BoundsOfStep } from './check/run/checked-run.ts';
export type { ConventionVariant } from './candidates/engine.ts';
export type { Cause } from './check/run/checked-run.ts';
export type { Drift } from './check/run/trajectory.ts';
export { QUESTIONS } from './check/verdict.ts';
export type { BesideStoring, CheckName, Compared, Culprit, Entry, Finding, OracleFinding } from './check/verdict.ts';
export type { OutOfRange, QuestionName, SlopeMeasure, TensorMeasure, Verdict, VerdictKind } from './check/verdict.ts';
export { CHECKING } from './check/watch.ts';
export type { Checking, Phase, Watch } from './check/watch.ts';

export { formatFunctionCheck } from './report/formats/function-check.ts';
export type { AnyCheck } from './report/words/function-check.ts';
export { formatHtml } from './report/html/page.ts';
export { formatJson, parseReport } from './report/formats/json.ts';
export { formatJunit } from './report/formats/junit.ts';
export { formatMarkdown } from './report/formats/markdown.ts';
export { formatTerminal } from './report/formats/terminal.ts';
export { reportSchema } from './report/schema/report.ts';
export { SCHEMA_VERSION } from './report/report.ts';
export type { BaselineCheck, BaselineFigure, CompareReport, Environment, GradcheckReport } from './report/report.ts';
export type { Pictures, Report, RunTiming, Settings, WrongDigit } from './report/report.ts';
export { exactGradients } from './matchers/exact-gradients.ts';
export type { ExactGradients } from './matchers/exact-gradients.ts';
export type { BatchLike, MatrixLike, ParametersLike } from './matchers/forms.ts';
export type { Draws } from './fuzz/arguments/choices.ts';
export { matchers } from './matchers/matchers.ts';
export type { Agreeable, BackproofMatchers, MatcherResult } from './matchers/matchers.ts';
export type { BackpropagationOptions } from './matchers/problem.ts';
