/**
 * The public API: the network, the engines, the checks, the reports.
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

export { ACTIVATIONS, LOSSES, checkNetwork } from './network/spec.ts';
export type { ActivationId, LayerSpec, LossId, NetworkSpec } from './network/spec.ts';
export { INITIALIZERS, initialParameters } from './network/initializers.ts';
export type { InitializerId } from './network/initializers.ts';
export { copyParameters, namedTensors } from './network/parameters.ts';
export type { LayerParameters, NamedTensor, Parameters } from './network/parameters.ts';
export { checkBatch } from './network/batch.ts';
export type { Batch } from './network/batch.ts';
export { parseCase } from './network/case.ts';
export type { Case, CaseOptimizer } from './network/case.ts';
export type { Expected, ExpectedTraining, Stated } from './network/expected.ts';
export type { Meaning } from './network/meaning.ts';
export { formatParameterFile, parseParameterFile } from './network/parameter-file.ts';
export type { ParameterFile } from './network/parameter-file.ts';

export { DATASETS, loadDataset } from './data/load.ts';
export type { DatasetId, DatasetRequest } from './data/load.ts';
export type { Dataset, Examples } from './data/dataset.ts';
export { parseIdx } from './data/idx.ts';
export type { IdxArray } from './data/idx.ts';
export { digitOf } from './data/picture/digit.ts';
export type { PreparedDigit } from './data/picture/digit.ts';
export { readDigit } from './data/picture/file.ts';
export type { DigitPicture, PictureFormat } from './data/picture/file.ts';
export type { InkShade } from './data/picture/ink.ts';
export type { Rgba } from './data/picture/shades.ts';
export { SCALES, fitScaling } from './data/scaling.ts';
export type { ScaleId, Scaling } from './data/scaling.ts';
export { batchOf, createBatches, oneHot } from './data/batches.ts';
export type { BatchPlan, Batches } from './data/batches.ts';

export { OPTIMIZERS } from './optimizers/optimizer.ts';
export type { Optimizer, OptimizerId, OptimizerSpec, TensorState } from './optimizers/optimizer.ts';
export { OPTIMIZER, optimizerSpec } from './optimizers/registry.ts';

export { ENGINES } from './engines/engine.ts';
export type { AnswerFlaw, Engine, EngineFactory, EngineId, LayerTrace } from './engines/engine.ts';
export type { LossAndGradients, Mistake } from './engines/engine.ts';
export { createEngine } from './engines/registry.ts';
export type {
  Candidate,
  CandidateAnswer,
  CandidateGradients,
  CandidateLayer,
  CandidateModule,
  CandidateProblem,
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
} from './engines/external/candidate.ts';
export { localPort } from './engines/external/local.ts';
export { openCommand } from './engines/external/command.ts';
export { CONVENTIONS, DEFAULT_CONVENTIONS, conventionsOf } from './engines/external/conventions.ts';
export type { ConventionName, Conventions, DeclaredConventions } from './engines/external/conventions.ts';
export { createExternalEngine } from './engines/external/external.ts';
export { Precision } from './numeric/single-precision.ts';
export type { CandidateOptions } from './engines/external/limits.ts';
export { openModule } from './engines/external/module.ts';
export type {
  Answered,
  CandidatePort,
  ChangedArgument,
  Description,
  Request,
  RequestName,
  Shaped,
  ShapedLayer,
} from './engines/external/request.ts';
export type { EngineOptions } from './engines/registry.ts';
export { BACKENDS } from './engines/tfjs/backends.ts';
export type { BackendChoice, BackendId } from './engines/tfjs/backends.ts';

export { compare } from './check/compare.ts';
export type { CompareRequest, CompareResult, EngineInfo, Timing } from './check/compare.ts';
export { gradientCheck } from './check/gradient-check.ts';
export type { GradientCheck, Helpers } from './check/gradient-check.ts';
export { checkCase } from './check/case-check.ts';
export type { CaseCheck } from './check/case-check.ts';
export type { ExpectedCheck, ExpectedTrainingCheck } from './check/expected-check.ts';
export type { Reading } from './check/readings.ts';
export { boundedGradients } from './check/bounded-backprop.ts';
export type { Bounded, BoundedGradients, Kink } from './check/bounded-backprop.ts';
export type { Extreme } from './check/range.ts';
export { FAULT_IDS, mistakeOf, parseFault, possibleFaults } from './check/faults/registry.ts';
export type { FaultAt, FaultId } from './check/faults/registry.ts';
export type { Setting, Stage } from './check/faults/fault.ts';
export { predictBoth } from './check/prediction.ts';
export type { EnginePrediction, Prediction } from './check/prediction.ts';
export { updateCheck } from './check/update-check.ts';
export type { UpdateCheck, UpdateProblem } from './check/update-check.ts';
export type { Diagnosis, Known, NamedMistake } from './check/diagnose.ts';
export type { Cell, Scatter } from './check/entries.ts';
export type { FirstWrong } from './check/first-wrong.ts';
export type { FreeRun, Parting, Side } from './check/free-run.ts';
export type { Lockstep } from './check/lockstep.ts';
export type { Evaluation, TestSet } from './check/test-set.ts';
export type { OracleCheck } from './check/oracle-check.ts';
export type { Alignment } from './check/alikeness.ts';
export type { OwnLoss } from './check/own-loss.ts';
export type { Trajectory } from './check/training.ts';
export type { Alternative, OtherConventions } from './check/conventions.ts';
export type { Cause, Drift } from './check/trajectory.ts';
export { QUESTIONS } from './check/verdict.ts';
export type { CheckName, Compared, Entry, Finding, Left, OracleFinding } from './check/verdict.ts';
export type { OutOfRange, QuestionName, SlopeMeasure, TensorMeasure, Verdict, VerdictKind } from './check/verdict.ts';
export type { Phase, Watch } from './check/watch.ts';

export { formatHtml } from './report/html/page.ts';
export { formatJson, parseReport } from './report/json.ts';
export { formatJunit } from './report/junit.ts';
export { formatMarkdown } from './report/markdown.ts';
export { formatTerminal } from './report/terminal.ts';
export { reportSchema } from './report/schema.ts';
export { SCHEMA_VERSION } from './report/report.ts';
export type { BaselineCheck, BaselineFigure, CompareReport, Environment, GradcheckReport } from './report/report.ts';
export type { Pictures, Report, RunTiming, Settings, WrongDigit } from './report/report.ts';
export { exactGradients } from './report/matchers/exact-gradients.ts';
export type { ExactGradients } from './report/matchers/exact-gradients.ts';
export type { BatchLike, MatrixLike, ParametersLike } from './report/matchers/forms.ts';
export { matchers } from './report/matchers/matchers.ts';
export type { Agreeable, BackproofMatchers, MatcherResult } from './report/matchers/matchers.ts';
export type { BackpropagationOptions } from './report/matchers/problem.ts';
