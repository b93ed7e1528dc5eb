// `npm run cluster -- [kills|memory|scaling ...]`: what docs/cluster.md says of a queue, measured
// with a real Redis server on this machine. Prints JSON.
import { pathToFileURL } from 'node:url';
import { rmSync } from 'node:fs';
import { UsageError } from '../../src/errors.ts';
import { EXIT, exitCodeOfError } from '../../src/program/exit-codes.ts';
import type { Io } from '../../src/program/io.ts';
import { runAsProgram } from '../../src/program/run-as-program.ts';
import { parse, text, whole } from '../options.ts';
import { quickBuild } from '../package/quick-build.ts';
import { measureKills } from './kills.ts';
import { measureMemory } from './memory.ts';
import { programIn } from './processes.ts';
import { redisMissing } from './redis.ts';
import { measureScaling } from './scaling.ts';

const PARTS = ['kills', 'memory', 'scaling'] as const;

export async function runCluster(argv: readonly string[], io: Io): Promise<number> {
  let built = '';
  try {
    const raw = await parse(argv, 'cluster', (parser) =>
      parser.usage('$0 [kills] [memory] [scaling]\n\nMeasures a queue with a real Redis server.').options({
        runs: text('kills and scaling: random networks (default: 100000, and 10000)'),
        seeds: text('memory: seeds (default: 1000000)'),
        processes: text('memory: jobs at the same time (default: 4)'),
        chunk: text('scaling: seeds in a job (default: 100)'),
      }),
    );
    if (typeof raw === 'string') {
      io.out(raw);
      return EXIT.agree;
    }
    const missing = redisMissing();
    if (missing !== null) throw new UsageError(missing);
    const named = raw['_'] as string[];
    const unknown = named.find((name) => !(PARTS as readonly string[]).includes(name));
    if (unknown !== undefined) throw new UsageError(`unknown part "${unknown}"`, `choose from ${PARTS.join(', ')}`);
    const wanted = named.length === 0 ? PARTS : PARTS.filter((part) => named.includes(part));
    built = await quickBuild();
    const program = programIn(built);
    const runs = whole(raw, 'runs', 1);
    const say = (line: string): void => io.err(`cluster: ${line}\n`);
    for (const part of wanted) {
      const report =
        part === 'kills'
          ? await measureKills(program, runs ?? 100_000, say)
          : part === 'memory'
            ? await measureMemory(whole(raw, 'seeds', 1) ?? 1_000_000, whole(raw, 'processes', 1) ?? 4)
            : await measureScaling(program, runs ?? 10_000, whole(raw, 'chunk', 1) ?? 100);
      io.out(`${JSON.stringify({ [part]: report }, null, 1)}\n`);
    }
    return EXIT.agree;
  } catch (error) {
    io.err(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOfError(error);
  } finally {
    if (built !== '') rmSync(built, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runAsProgram(runCluster);
