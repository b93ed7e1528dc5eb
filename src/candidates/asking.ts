// Asks a candidate one question after the other by its conventions, and reads what its answers have
// in common: their form, the loss, the precision of their numbers.
import { CandidateError } from '../errors.ts';
import { safeText } from '../text.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { Precision } from '../numeric/single-precision.ts';
import type { AnswerFlaw } from './engine.ts';
import type { Conventions } from './conventions/conventions.ts';
import { presentNetwork } from './present.ts';
import { numberOf } from './read.ts';
import type { CandidatePort, Question, Request } from './request.ts';
import { FORM, WANTED, described } from './words.ts';

/** Versions kept: enough for two runtimes and a few libraries. */
const VERSIONS = 10;

/** A candidate, and how it is talked to. */
export class Asking {
  readonly label: string;
  readonly port: CandidatePort;
  readonly network: NetworkSpec;
  readonly conventions: Conventions;
  readonly #precision: Precision;
  /** The network as the candidate is given it. */
  readonly #shown: NetworkSpec;

  constructor(port: CandidatePort, network: NetworkSpec, conventions: Conventions, precision: Precision) {
    this.port = port;
    this.network = network;
    this.conventions = conventions;
    this.label = safeText(port.description.name) || 'the candidate';
    this.#precision = precision;
    this.#shown = presentNetwork(network);
  }

  /** As declared, or single precision if all its numbers so far are. */
  get dtype(): Dtype {
    return this.#precision.isSingle ? 'f32' : this.conventions.dtype;
  }

  versions(): Record<string, string> {
    const some = Object.entries(this.port.description.versions).slice(0, VERSIONS);
    return Object.fromEntries(some.map(([name, version]) => [safeText(name, 40), safeText(version, 40)]));
  }

  /** @throws CandidateError if the answer is not one at all */
  async ask(question: Question, flaws: AnswerFlaw[]): Promise<Record<string, unknown>> {
    const request = { network: this.#shown, ...question } as Request;
    const { answer, changed } = await this.port.ask(request, this.conventions.arrays);
    if (changed !== null) {
      const { argument, index, before, after } = changed;
      flaws.push({ kind: 'changed', parameter: argument, index, before, after });
    }
    const whole =
      request.request === 'predict' && (Array.isArray(answer) || ArrayBuffer.isView(answer))
        ? { outputs: answer }
        : answer;
    if (typeof whole === 'object' && whole !== null && !Array.isArray(whole)) return whole as Record<string, unknown>;
    throw new CandidateError(
      `${this.label} returned ${described(answer)} when asked for ${WANTED[request.request]}`,
      `expected ${FORM[request.request]}`,
    );
  }

  /** The loss of an answer, with the flaws of its form. */
  lossOf({ loss }: Record<string, unknown>, flaws: AnswerFlaw[]): number {
    if (loss === undefined || loss === null) flaws.push({ kind: 'missing', parameter: 'loss', shape: [] });
    else if (typeof loss !== 'number' && Number.isNaN(numberOf(loss)) && loss !== 'NaN')
      flaws.push({ kind: 'shape', parameter: 'loss', expected: [], found: Array.isArray(loss) ? [loss.length] : null });
    return numberOf(loss);
  }

  /** Takes note of the precision of these numbers. */
  observe(numbers: ArrayLike<number>): void {
    this.#precision.observe(numbers);
  }

  observeLayers(layers: Parameters): void {
    for (const { values } of layers) this.observe(values);
  }
}

/**
 * The first of each kind and parameter: with examples one at a time, the same flaw comes once per
 * example.
 */
export function distinct(flaws: readonly AnswerFlaw[]): AnswerFlaw[] {
  const seen = new Set<string>();
  return flaws.filter(({ kind, parameter }) => !seen.has(`${kind} ${parameter}`) && seen.add(`${kind} ${parameter}`));
}
