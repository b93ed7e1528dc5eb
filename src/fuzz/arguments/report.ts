// The report of fuzzing a function or a layer, and the files that show the smallest failure again.
import type { Block } from '../../report/blocks/block.ts';
import type { Environment, RunTiming } from '../../report/report.ts';
import { checkLines, checkSentence, isLayerCheck } from '../../report/words/function-check.ts';
import { formatCount, listed, safeText } from '../../text.ts';
import { literal } from '../report/test-text.ts';
import type { DrawResult, SmallestArguments } from './fuzz-function.ts';

/** The results of all seeds so far. */
export interface ArgumentsTally {
  readonly runs: number;
  readonly right: number;
  readonly wrong: number;
  readonly undecided: number;
  readonly refused: number;
  /** What it said first when it threw, and with which seed. */
  readonly refusal: { readonly said: string; readonly seed: number } | null;
  /** How often each tensor had each shape. */
  readonly coverage: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What `backproof fuzz FILE` writes as JSON. */
export interface ArgumentsReport {
  readonly schemaVersion: 1;
  readonly kind: 'fuzz-function';
  readonly command: string;
  readonly label: string;
  readonly verdict: { readonly kind: 'agree' | 'disagree' | 'inconclusive'; readonly reason?: string };
  readonly seed: number;
  readonly tally: ArgumentsTally;
  readonly found: (SmallestArguments & { readonly seed: number }) | null;
  readonly environment: Environment;
  readonly timing: RunTiming & { readonly milliseconds: number };
}

/** Adds up results in the order of their seeds. */
export class ArgumentsAdding {
  readonly #counts = { runs: 0, right: 0, wrong: 0, undecided: 0, refused: 0 };
  readonly #coverage = new Map<string, Map<string, number>>();
  #refusal: ArgumentsTally['refusal'] = null;

  add({ outcome, shapes }: DrawResult, seed: number): void {
    this.#counts.runs++;
    this.#counts[outcome.kind]++;
    if (outcome.kind === 'refused') this.#refusal ??= { said: outcome.said, seed };
    for (const [path, shape] of Object.entries(shapes)) {
      const own = this.#coverage.get(path) ?? new Map<string, number>();
      this.#coverage.set(path, own.set(shape, (own.get(shape) ?? 0) + 1));
    }
  }

  tally(): ArgumentsTally {
    const coverage = Object.fromEntries([...this.#coverage].map(([path, own]) => [path, Object.fromEntries(own)]));
    return { ...this.#counts, refusal: this.#refusal, coverage };
  }
}

/** Shapes that are named in one line. */
const NAMED = 8;

/** The blocks of the report, the verdict last. */
export function argumentsBlocks(report: ArgumentsReport): Block[] {
  const { label, seed, tally } = report;
  const { runs, wrong, undecided, refused, refusal } = tally;
  const not = [
    ...(wrong > 0 && runs > 1 ? [`${formatCount(wrong)} wrong`] : []),
    ...(refused > 0 ? [`${formatCount(refused)} refused`] : []),
    ...(undecided > 0 ? [`${formatCount(undecided)} undecided`] : []),
  ];
  const seeds = runs === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + runs - 1}`;
  const rows = Object.entries(tally.coverage).map(([path, shapes]) => [path, shapesText(shapes)]);
  return [
    { kind: 'note', text: [`${label}: arguments drawn ${timesText(runs)}, ${seeds}`, ...not].join(', ') },
    ...(rows.length === 0
      ? []
      : ([{ kind: 'break' }, { kind: 'table', head: ['tensor', 'shapes that were tried'], rows }] as const)),
    ...(refusal === null
      ? []
      : ([
          { kind: 'break' },
          { kind: 'note', text: `Refused ${timesText(refused)}, first with seed ${refusal.seed}: ${refusal.said}` },
        ] as const)),
    { kind: 'break' },
    {
      kind: 'verdict',
      verdict: report.verdict.kind,
      sentence: argumentsSentence(report),
      lines: argumentsLines(report),
    },
  ];
}

function shapesText(shapes: Readonly<Record<string, number>>): string {
  const common = Object.entries(shapes).toSorted(([, a], [, b]) => b - a);
  return listed(
    common.map(([shape, n]) => `${shape === '' ? 'a number' : shape}: ${formatCount(n)}`),
    NAMED,
  );
}

function timesText(n: number): string {
  return n === 1 ? 'once' : `${formatCount(n)} times`;
}

/** The verdict in one sentence. */
export function argumentsSentence({ verdict, tally, found, label }: ArgumentsReport): string {
  if (found !== null)
    return found.check === null
      ? `${label} is wrong on seed ${found.seed} after other arguments, and not when it is asked for it alone`
      : checkSentence(found.check, label);
  if (verdict.kind === 'agree')
    return `the gradient of ${label} is right at arguments that were drawn ${timesText(tally.right)}`;
  const said = tally.refusal === null ? '' : `: ${tally.refusal.said}`;
  return `${verdict.reason ?? 'nothing was checked'}${said}`;
}

/** What is said below the verdict. */
export function argumentsLines({ found }: ArgumentsReport): string[] {
  if (found === null) return [];
  const { check, seed, tried, literals } = found;
  if (check === null) return ['Fix: use nothing of an earlier call; compute everything from the arguments.'];
  const short = Object.entries(literals).map(([name, text]) => `${name} = ${safeText(inOneLine(text), 200)}`);
  return [
    ...checkLines(check),
    `Smallest arguments that fail: ${short.join('; ')}.`,
    `Made from seed ${seed}; ${formatCount(tried)} smaller arguments were tried.`,
  ];
}

/** Without the comma that ends the last of several lines. */
function inOneLine(text: string): string {
  return text
    .replace(/\n */g, ' ')
    .replace(/, ([\]}])/g, ' $1')
    .replace(/\[ /g, '[')
    .replace(/ \]/g, ']');
}

/** A file that was fuzzed, as the files that are written import it. */
export interface Fuzzed {
  /** "../my-layer.ts" */
  readonly from: string;
  /** Whether it exports an object as its default, and not names. */
  readonly isDefault: boolean;
}

/** A file for `backproof check`: the fuzzed one with the smallest arguments. */
export function smallestText(report: ArgumentsReport, { from, isDefault }: Fuzzed): string {
  const { found } = report;
  const head = `// ${safeText(argumentsSentence(report), 1000)}.\n// Written by backproof fuzz, seed ${found?.seed}.\n`;
  const all = Object.entries(found?.literals ?? {});
  if (!isDefault)
    return `${head}export * from ${literal(from)};\n\n${all.map(([name, text]) => `export const ${name} = ${text};\n`).join('')}`;
  const fields = all.map(([name, text]) => `  ${name}: ${text.replaceAll('\n', '\n  ')},\n`).join('');
  return `${head}import original from ${literal(from)};\n\nexport default {\n  ...original,\n${fields}};\n`;
}

/** A test for Vitest that fails until the mistake is repaired. */
export function argumentsTest(report: ArgumentsReport, file: string, { isDefault }: Fuzzed): string {
  const { found, label } = report;
  const isLayer = found !== null && found.check !== null && isLayerCheck(found.check);
  const expectation = isLayer
    ? 'await expect(fuzzed).toBackpropagate(fuzzed);'
    : 'await expect(fuzzed.value).toHaveGradient({ at: fuzzed.parameters, gradient: fuzzed.gradient });';
  return `// ${safeText(argumentsSentence(report), 1000)}.
// Written by backproof fuzz, seed ${found?.seed}. It passes once that is repaired.
import { expect, test } from 'vitest';
import 'backproof/vitest';
import ${isDefault ? 'fuzzed' : '* as fuzzed'} from ${literal(file)};

test(${literal(`the gradient of ${safeText(label)} is right`)}, async () => {
  ${expectation}
});
`;
}
