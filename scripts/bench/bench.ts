// `npm run bench`: measures the speed, first step, memory and loss of training engines, in turn,
// each in a process of its own. Writes bench.json, bench.md, bench.svg and bench-sweeps.svg. Then
// the time from a command to its verdict, which writes verdict.json and so on: see verdict/.
import { hostname } from 'node:os';
import { pathToFileURL } from 'node:url';
import { EXIT, exitCodeOfError } from '../../src/program/exit-codes.ts';
import type { Io } from '../../src/program/io.ts';
import { runAsProgram } from '../../src/program/run-as-program.ts';
import { writeAll } from '../../src/program/write-all.ts';
import { BackproofError } from '../../src/errors.ts';
import { requireWritable } from '../../src/data/files/write.ts';
import type { Address } from '../../src/queue/address.ts';
import { benchChart } from './chart.ts';
import { chooseContenders } from './contenders.ts';
import { machineOf, machinesText, requireServer, shareSpeeds } from './machines.ts';
import { benchMarkdown } from './markdown.ts';
import { benchCommand, parseBenchOptions, partsOf } from './options.ts';
import type { BenchOptions, Part } from './options.ts';
import { benchJson } from './report.ts';
import type { BenchReport } from './report.ts';
import { runScenarios } from './run.ts';
import { QUICK, STANDARD, SWEEPS, findScenarios } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import { setUpPeers, setUpPython } from './set-up.ts';
import { sweepsChart } from './sweeps-chart.ts';
import { benchTerminal } from './terminal.ts';
import { benchVerdicts } from './verdict/bench-verdicts.ts';

/** @returns the exit code */
export async function runBench(argv: readonly string[], io: Io): Promise<number> {
  try {
    const options = await parseBenchOptions(argv);
    if (typeof options === 'string') {
      io.out(options);
      return EXIT.agree;
    }
    const codes: number[] = [];
    for (const part of partsOf(options)) codes.push(await PART[part](options, io));
    return codes.find((code) => code !== EXIT.agree) ?? EXIT.agree;
  } catch (error) {
    return reportError(error, argv, io);
  }
}

const PART: Record<Part, (options: BenchOptions, io: Io) => Promise<number>> = {
  training: benchTraining,
  verdict: benchVerdicts,
};

async function benchTraining(options: BenchOptions, io: Io): Promise<number> {
  const contenders = chooseContenders({ ...options, names: options.engines });
  const scenarios = chosenScenarios(options);
  requireWritable(options.out);
  if (options.queue !== null) await requireServer(options.queue, io.signal);
  const say = (line: string): void => io.err(`bench: ${line}\n`);
  if (contenders.some(({ group }) => group === 'peers')) await setUpPeers(say, io.signal);
  if (contenders.some(({ group }) => group === 'python')) await setUpPython(say, io.signal);
  const report = await runScenarios(options, contenders, scenarios, benchCommand(options), io);
  const allWritten = await publish(report, options, io);
  if (options.queue !== null) await shareWith(options.queue, report, options, io);
  if (report.wrong.length > 0) return EXIT.disagree;
  if (!allWritten) return EXIT.usage;
  return options.engines !== null && missing(report) ? EXIT.inconclusive : EXIT.agree;
}

async function shareWith(address: Address, report: BenchReport, options: BenchOptions, io: Io): Promise<void> {
  const machines = await shareSpeeds(address, benchCommand(options), machineOf(report, hostname()), io.signal);
  (options.json ? io.err : io.out)(machinesText(machines));
}

function chosenScenarios({ scenarios, quick, sweeps }: BenchOptions): Scenario[] {
  if (scenarios !== null) return findScenarios(scenarios);
  const usual = quick ? QUICK : STANDARD;
  return [...usual, ...((sweeps ?? !quick) ? findScenarios(SWEEPS) : [])];
}

/** Whether a contender requested by name did not finish. */
function missing({ scenarios }: BenchReport): boolean {
  return scenarios.some(({ results }) => results.some(({ kind }) => kind === 'failed'));
}

async function publish(report: BenchReport, { out, json }: BenchOptions, io: Io): Promise<boolean> {
  const sweeps = sweepsChart(report);
  const files = {
    'bench.json': benchJson(report),
    'bench.md': benchMarkdown(report),
    'bench.svg': benchChart(report),
    ...(sweeps !== null && { 'bench-sweeps.svg': sweeps }),
  };
  const { written, all } = await writeAll(out, files, io, 'bench');
  io.out(json ? files['bench.json'] : benchTerminal(report));
  if (written.length > 0) (json ? io.err : io.out)(`Reports: ${written.join(', ')}\n`);
  return all;
}

function reportError(error: unknown, argv: readonly string[], io: Io): number {
  if (io.signal.aborted) {
    io.err('bench: interrupted; no files were written\n');
    return EXIT.interrupted;
  }
  const known = error instanceof BackproofError;
  const message = error instanceof Error ? error.message : String(error);
  const hint = known ? error.hint : undefined;
  io.err(`bench: ${message}${hint === undefined ? '' : `; ${hint}`}\n`);
  if (!known && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  if (argv.includes('--json')) {
    const code = known ? error.code : 'internal';
    io.out(`${JSON.stringify({ schemaVersion: 1, kind: 'error', code, message, hint: hint ?? null }, null, 1)}\n`);
  }
  return exitCodeOfError(error);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runAsProgram(runBench);
