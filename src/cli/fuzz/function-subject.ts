// A file of `backproof check` that draws its own arguments, as it is fuzzed in its thread.
import { UNWATCHED } from '../../check/watch.ts';
import { CandidateError, UsageError, unknownName } from '../../errors.ts';
import { thrownText } from '../../candidates/words.ts';
import { judgeArguments, smallestArguments } from '../../fuzz/arguments/fuzz-function.ts';
import type { DrawResult, Drawn, FunctionSubject, SmallestArguments } from '../../fuzz/arguments/fuzz-function.ts';
import type { SeedRange } from '../../fuzz/work.ts';
import { checkExports, exportsIn, isFunction } from '../function/exports.ts';
import type { Asked, Exports, OpenTwin } from '../function/exports.ts';

/** What of a file is asked: results of seeds, or the smallest arguments from one. */
export type FuzzOrder = { readonly seeds: SeedRange } | { readonly smallest: number };

/** The smallest arguments, and how files import what was fuzzed. */
export interface Smallest extends SmallestArguments {
  readonly isDefault: boolean;
}

/** What `draw` may return. */
const DRAWN = ['parameters', 'inputs', 'sizes'];

/** @throws UsageError if the file draws nothing; CandidateError if its draw throws */
export async function fuzzExports(
  module: Exports,
  asked: Asked,
  order: FuzzOrder,
  openTwin: OpenTwin,
): Promise<readonly DrawResult[] | Smallest> {
  const subject = subjectOf(module, asked, openTwin);
  if ('smallest' in order) {
    const own = module['default'];
    const isDefault = typeof own === 'object' && own !== null;
    return { ...(await smallestArguments(subject, order.smallest, UNWATCHED)), isDefault };
  }
  const results: DrawResult[] = [];
  const { from, count } = order.seeds;
  for (let seed = from; seed < from + count; seed++) results.push(await judgeArguments(subject, seed));
  return results;
}

function subjectOf(module: Exports, asked: Asked, openTwin: OpenTwin): FunctionSubject {
  const { name } = asked;
  const all = exportsIn(module);
  const { draw } = all;
  if (!isFunction(draw))
    throw new UsageError(
      `${name} exports no draw(random), which makes its arguments; for a network, use --candidate`,
      'export function draw(random) { return { parameters: random.numbers(random.integer(1, 5)) }; }',
    );
  return {
    draw(draws) {
      const drawn = called(() => draw(draws), name);
      if (typeof drawn !== 'object' || drawn === null)
        throw new UsageError(
          `${name}: draw returned ${drawn === null ? 'null' : typeof drawn}`,
          'return { parameters }',
        );
      const alien = Object.keys(drawn).find((key) => !DRAWN.includes(key));
      if (alien !== undefined) throw unknownName(`field of what draw of ${name} returned`, alien, DRAWN);
      return drawn as Drawn;
    },
    check: (drawn) => checkExports({ ...all, ...drawn }, asked, openTwin),
  };
}

function called(draw: () => unknown, name: string): unknown {
  try {
    return draw();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new CandidateError(`${name}: draw threw ${thrownText(error)}`, undefined, { cause: error });
  }
}
