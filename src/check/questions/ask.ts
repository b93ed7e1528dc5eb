// Asks engines all questions in order, and checks whether the same question gets the same answer.
import { flawsOf } from '../../candidates/engine.ts';
import type { AnswerFlaw } from '../../candidates/engine.ts';
import type { Engine } from '../../engines/engine.ts';
import { CandidateError } from '../../errors.ts';
import { indexOf, namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { haveSameBits } from '../../numeric/difference.ts';
import { inTurn } from '../pair.ts';
import type { Pair } from '../pair.ts';
import { UNWATCHED } from '../watch.ts';
import type { Watch } from '../watch.ts';
import type { Answer, Question } from './protocol.ts';

/** The difference between two answers to the same question. */
export type Unsteady = Extract<AnswerFlaw, { kind: 'unsteady' }>;

/** An answer, and what is wrong with its form. */
export interface Asked extends Answer {
  readonly flaws: readonly AnswerFlaw[];
}

/**
 * Asks for the outputs first whenever the parameters are new: outputs cached from the previous
 * gradients then show.
 * @throws CandidateError that says which question it was, unless it was the first
 */
export async function answersOf(
  engine: Engine,
  questions: readonly Question[],
  watch: Watch = UNWATCHED,
): Promise<Asked[]> {
  const { answers, failed } = await answersUntil(engine, questions, watch);
  if (failed !== null) throw failed;
  return answers;
}

/** Answers until the engine fails at a question; what it threw says which one that was. */
interface Until {
  readonly answers: Asked[];
  readonly failed: CandidateError | null;
}

async function answersUntil(engine: Engine, questions: readonly Question[], watch: Watch): Promise<Until> {
  const answers: Asked[] = [];
  let loaded: Parameters | null = null;
  try {
    for (const { parameters, batch, exact } of questions) {
      watch.progress('questions', answers.length, questions.length);
      const isNew = loaded !== null && parameters !== loaded;
      if (parameters !== loaded) await engine.load(parameters);
      loaded = parameters;
      const early = isNew ? await engine.predict(batch.inputs) : null;
      const answer = await engine.lossAndGradients(batch);
      const outputs = early ?? (await engine.predict(batch.inputs));
      const asked = { ...answer, outputs, flaws: flawsOf(engine) };
      const before = answers.find((_, n) => questions[n].exact === exact);
      answers.push(before !== undefined && isRepeated(before, asked) ? before : asked);
    }
  } catch (error) {
    if (!(error instanceof CandidateError) || answers.length === 0 || error.hangs) throw error;
    const failed = new CandidateError(error.message, hintOf(questions, answers.length), { cause: error });
    return { answers, failed };
  }
  return { answers, failed: null };
}

/** Whether nothing is new in an answer: the same bits are kept once. */
function isRepeated(before: Asked, asked: Asked): boolean {
  const isPlain = [before, asked].every(({ flaws, rounding }) => flaws.length === 0 && rounding === undefined);
  return isPlain && firstDifference(before, asked) === null;
}

function hintOf(questions: readonly Question[], at: number): string {
  const size = questions[at].batch.inputs.rows;
  const examples = `${size} example${size === 1 ? '' : 's'}`;
  return `this was call ${at + 1}, a batch of ${examples}; a batch of ${questions[0].batch.inputs.rows} worked before`;
}

/**
 * The first number that differs between two answers to the same question; null if all have the
 * same bits.
 */
export function firstDifference(a: Answer, b: Answer): Unsteady | null {
  if (a === b) return null;
  const bs = namedTensors(b.gradients);
  const parts = [
    ...namedTensors(a.gradients).map((one, t) => ({ ...one, other: bs[t].values })),
    { name: 'loss', shape: [], values: Float64Array.of(a.loss), other: Float64Array.of(b.loss) },
    {
      name: 'outputs',
      shape: [a.outputs.rows, a.outputs.cols],
      values: a.outputs.data,
      other: b.outputs.data,
    },
  ];
  for (const { name: parameter, shape, values, other } of parts) {
    if (haveSameBits(values, other)) continue;
    const at = values.findIndex((value, i) => !Object.is(value, other[i]));
    if (at < 0) continue; // NaN has many bits
    const index = shape.length === 0 ? [] : indexOf(shape, at);
    return { kind: 'unsteady', parameter, index, first: values[at], second: other[at] };
  }
  return null;
}

/** What both answered, and where the candidate failed: it has fewer answers then. */
export interface AskedOfBoth {
  readonly answers: Pair<Asked[]>;
  readonly failed: CandidateError | null;
}

/**
 * Asks the candidate all questions, then the reference.
 * @param explained replaces an error of the candidate at the first question, unless it hangs
 */
export async function askBoth(
  engines: Pair<Engine>,
  questions: readonly Question[],
  explained: (error: CandidateError) => Promise<CandidateError>,
  watch: Watch,
): Promise<AskedOfBoth> {
  let failed: CandidateError | null = null;
  const answers = await inTurn(engines, async (engine, side) => {
    if (side === 'reference') return answersOf(engine, questions, watch);
    try {
      const own = await answersUntil(engine, questions, watch);
      ({ failed } = own);
      return own.answers;
    } catch (error) {
      if (!(error instanceof CandidateError) || error.hangs) throw error;
      throw await explained(error);
    }
  });
  return { answers, failed };
}
