// The part `verdict` of `npm run bench`: how long from a command to its verdict. Writes
// verdict.json, verdict.md, verdict.svg and verdict-sweeps.svg.
import { requireWritable } from '../../../src/data/files/write.ts';
import { EXIT } from '../../../src/program/exit-codes.ts';
import type { Io } from '../../../src/program/io.ts';
import { writeAll } from '../../../src/program/write-all.ts';
import { benchCommand } from '../options.ts';
import type { BenchOptions } from '../options.ts';
import { setUpPython } from '../set-up.ts';
import { growthChart, verdictChart } from './chart.ts';
import { verdictMarkdown } from './markdown.ts';
import { ownFailures } from './report.ts';
import type { VerdictReport } from './report.ts';
import { runVerdicts } from './run.ts';
import type { Builds } from './run.ts';
import { GROWTH_TASKS, QUICK_TASKS, TASKS, findTasks } from './tasks.ts';
import type { VerdictTask } from './tasks.ts';
import { verdictTerminal } from './terminal.ts';

/** @returns the exit code */
export async function benchVerdicts(options: BenchOptions, io: Io, builds?: Builds): Promise<number> {
  const tasks = chosenTasks(options);
  requireWritable(options.out);
  if (options.python) await pythonIfPossible(io);
  const report = await runVerdicts(options, tasks, benchCommand({ ...options, only: 'verdict' }), io, builds);
  const allWritten = await publish(report, options, io);
  const { wrong, failed } = ownFailures(report);
  if (wrong.length > 0) return EXIT.disagree;
  if (!allWritten) return EXIT.usage;
  return failed.length > 0 ? EXIT.inconclusive : EXIT.agree;
}

function chosenTasks({ tasks, quick }: BenchOptions): readonly VerdictTask[] {
  if (tasks !== null) return findTasks(tasks);
  return quick ? QUICK_TASKS : [...TASKS, ...GROWTH_TASKS];
}

/** Without it, the checks in Python are reported as not measured. */
async function pythonIfPossible({ err, signal }: Io): Promise<void> {
  try {
    await setUpPython((line) => err(`bench: ${line}\n`), signal);
  } catch (error) {
    signal.throwIfAborted();
    err(`bench: ${error instanceof Error ? error.message : String(error)}; going on without Python\n`);
  }
}

async function publish(report: VerdictReport, { out, json }: BenchOptions, io: Io): Promise<boolean> {
  const [bars, lines] = [verdictChart(report), growthChart(report)];
  const files = {
    'verdict.json': `${JSON.stringify(report, null, 1)}\n`,
    'verdict.md': verdictMarkdown(report),
    ...(bars !== null && { 'verdict.svg': bars }),
    ...(lines !== null && { 'verdict-sweeps.svg': lines }),
  };
  const { written, all } = await writeAll(out, files, io, 'bench');
  io.out(json ? files['verdict.json'] : verdictTerminal(report));
  if (written.length > 0) (json ? io.err : io.out)(`Reports: ${written.join(', ')}\n`);
  return all;
}
