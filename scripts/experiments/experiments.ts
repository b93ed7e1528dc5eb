// `npm run experiments`: answers a learner's questions by measured runs on MNIST. Writes index.html and README.md with all
// answers, and the figures and numbers of each experiment beside them.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT, exitCodeOfError } from '../../src/program/exit-codes.ts';
import type { Io } from '../../src/program/io.ts';
import { runAsProgram } from '../../src/program/run-as-program.ts';
import { BackproofError, DataError } from '../../src/errors.ts';
import { requireWritable, writeText } from '../../src/data/files/write.ts';
import { createBenchProgress } from '../bench/progress.ts';
import type { Experiment } from './experiment.ts';
import { createLab } from './lab.ts';
import { experimentsMarkdown } from './markdown.ts';
import { parseExperimentsOptions } from './options.ts';
import type { ExperimentsOptions } from './options.ts';
import { experimentsPage } from './page.ts';
import { EXPERIMENTS } from './questions/registry.ts';
import { finished } from './section.ts';
import type { Section } from './section.ts';
import { readSection, storeSection } from './store.ts';

/** @returns the exit code */
export async function runExperiments(
  argv: readonly string[],
  io: Io,
  all: readonly Experiment[] = EXPERIMENTS,
): Promise<number> {
  const done: string[] = [];
  try {
    const options = await parseExperimentsOptions(argv, all);
    if (typeof options === 'string') io.out(options);
    else if (options.list) for (const { name, question } of all) io.out(`${name.padEnd(18)}${question}\n`);
    else await answer(options, all, io, done);
    return io.signal.aborted ? interrupted(io, done) : EXIT.agree;
  } catch (error) {
    return io.signal.aborted ? interrupted(io, done) : reportError(error, io);
  }
}

/** Runs one experiment after the other, and writes each together with the pages as soon as it is finished. @param done collects
 * their names */
async function answer(
  { experiments, out, seed, quick }: ExperimentsOptions,
  all: readonly Experiment[],
  io: Io,
  done: string[],
): Promise<void> {
  requireWritable(out);
  const sections = new Map(stored(out, all, io).map((section) => [section.name, section]));
  const bar = createBenchProgress(io);
  try {
    for (const [i, { name, question, run }] of experiments.entries()) {
      bar.scenario(name, i, experiments.length);
      const progress = (part: number, of: number): void => bar.step(`${i + 1} of ${experiments.length}`, part, of);
      const start = io.now();
      const result = await run(createLab({ seed, quick, signal: io.signal, progress }));
      if (io.signal.aborted) return;
      const seconds = Math.round((io.now() - start) / 100) / 10;
      const figures = result.figures.map((figure) => finished(name, figure));
      const section = { name, question, seed, quick, seconds, answer: { ...result, figures } };
      sections.set(name, section);
      await storeSection(out, section);
      await writePages(out, all, sections);
      done.push(name);
    }
  } finally {
    bar.stop();
  }
  for (const { name, question } of experiments) {
    io.out(`${question}\n  ${(sections.get(name) as Section).answer.sentences.join(' ')}\n\n`);
  }
  io.out(`Pages: ${join(out, 'index.html')}, ${join(out, 'README.md')}\n`);
}

/** The stored results of earlier runs. A result that cannot be read is reported and left out. */
function stored(out: string, all: readonly Experiment[], io: Io): Section[] {
  return all.flatMap(({ name, question }) => {
    try {
      const section = readSection(out, name);
      return section === null ? [] : [{ ...section, question }];
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      io.err(`experiments: ${error.message}, left out; ${error.hint ?? ''}\n`);
      return [];
    }
  });
}

async function writePages(
  out: string,
  all: readonly Experiment[],
  sections: ReadonlyMap<string, Section>,
): Promise<void> {
  const inOrder = all.flatMap(({ name }) => sections.get(name) ?? []);
  await writeText(join(out, 'README.md'), experimentsMarkdown(inOrder));
  await writeText(join(out, 'index.html'), experimentsPage(inOrder));
}

function interrupted(io: Io, done: readonly string[]): number {
  const what = done.length === 0 ? 'nothing was written' : `finished and written: ${done.join(', ')}`;
  io.err(`experiments: interrupted, ${what}\n`);
  return EXIT.interrupted;
}

function reportError(error: unknown, io: Io): number {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof BackproofError ? error.hint : undefined;
  io.err(`experiments: ${message}${hint === undefined ? '' : `; ${hint}`}\n`);
  if (!(error instanceof BackproofError) && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  return exitCodeOfError(error);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runAsProgram(runExperiments);
