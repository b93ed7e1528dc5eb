// `npm run audit`: audits neural network libraries from npm. Writes audit.json and audit.md, and
// prints the table. A wrong library is a result, not a failure: the exit code is 0 if the audit
// completes.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { endBrowsers } from '../../src/engines/tfjs/browser/open-browsers.ts';
import { EXIT, exitCodeOfError } from '../../src/program/exit-codes.ts';
import type { Io } from '../../src/program/io.ts';
import { runAsProgram } from '../../src/program/run-as-program.ts';
import { BackproofError, UsageError } from '../../src/errors.ts';
import { requireWritable, writeText } from '../../src/data/files/write.ts';
import { AUDITED } from './configurations.ts';
import type { Audited } from './configuration.ts';
import { auditMarkdown } from './markdown.ts';
import { auditJson, reportOf } from './report.ts';
import { auditLibrary } from './run.ts';
import type { Adapter, LibraryResult } from './run.ts';
import { MODULES, setUp } from './set-up.ts';
import { checkQuotations, versionOf } from './sources.ts';

const NAMES = AUDITED.map(({ adapter }) => adapter);
const HELP = `npm run audit -- [tfjs | layers] [options]

Checks neural network libraries from npm, and reports which gradients are the slope of which loss.
With tfjs: checks every registered gradient of TensorFlow.js instead, on its five backends, and
writes audit-tfjs.md. It takes about ten minutes, and needs Chromium for webgl and webgpu.
With layers: checks hand-written layers of these libraries alone, and writes audit-layers.md.

  --library NAME  only this library, repeatable: ${NAMES.join(', ')}; writes no files (default: all)
  --out FOLDER    where to write audit.json and audit.md (default: results)
  --json          print the JSON document on stdout
  --help

Exit codes: 0 the audit was made, 2 usage, 3 the libraries cannot be installed, 4 internal error, 130 interrupted.
`;

export async function loadAdapter(name: string): Promise<Adapter> {
  return (await import(new URL(`adapters/${name}.mjs`, import.meta.url).href)) as Adapter;
}

/** @returns the exit code */
export async function runAudit(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await audit(argv, io);
  } catch (error) {
    if (io.signal.aborted) return interrupted(io);
    const known = error instanceof BackproofError;
    io.err(
      `audit: ${error instanceof Error ? error.message : String(error)}${known && error.hint !== undefined ? `; ${error.hint}` : ''}\n`,
    );
    if (!known && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
    return exitCodeOfError(error);
  } finally {
    await endBrowsers();
  }
}

async function audit(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === 'tfjs') return auditOfTfjs(argv.slice(1), io);
  if (argv[0] === 'layers') return auditOfLayers(argv.slice(1), io);
  const { help, json, out, library } = options(argv);
  if (help) {
    io.out(HELP);
    return EXIT.agree;
  }
  const chosen = AUDITED.filter(({ adapter }) => library.length === 0 || library.includes(adapter));
  const whole = library.length === 0;
  if (whole) requireWritable(out);
  await setUp((line) => io.err(`audit: ${line}\n`), io.signal);
  checkQuotations(MODULES);
  const results: LibraryResult[] = [];
  for (const one of chosen) {
    if (io.signal.aborted) return interrupted(io);
    results.push(await auditOne(one, io));
  }
  const report = reportOf(results);
  const files = { 'audit.json': auditJson(report), 'audit.md': auditMarkdown(report) };
  if (whole) for (const [name, text] of Object.entries(files)) await writeText(join(out, name), text);
  io.out(json ? files['audit.json'] : files['audit.md']);
  if (whole)
    io.err(
      `Reports: ${Object.keys(files)
        .map((name) => join(out, name))
        .join(', ')}\n`,
    );
  return EXIT.agree;
}

/** Every registered gradient of TensorFlow.js, on all its backends. */
async function auditOfTfjs(argv: readonly string[], io: Io): Promise<number> {
  const { help, json, out } = options(argv);
  if (help) {
    io.out(HELP);
    return EXIT.agree;
  }
  requireWritable(out);
  const { auditTfjs } = await import('./tfjs/audit-tfjs.ts');
  const { tfjsMarkdown } = await import('./tfjs/markdown-tfjs.ts');
  const { version, found, devices } = await auditTfjs((line) => io.err(`audit: ${line}\n`));
  const document = tfjsMarkdown(found, version, devices);
  await writeText(join(out, 'audit-tfjs.md'), document);
  io.out(json ? `${JSON.stringify(found, null, 1)}\n` : document);
  return EXIT.agree;
}

/** Hand-written layers of the libraries that have some. */
async function auditOfLayers(argv: readonly string[], io: Io): Promise<number> {
  const { help, json, out } = options(argv);
  if (help) {
    io.out(HELP);
    return EXIT.agree;
  }
  requireWritable(out);
  await setUp((line) => io.err(`audit: ${line}\n`), io.signal);
  const { auditLayers, layersMarkdown } = await import('./layers/audit-layers.ts');
  const found = await auditLayers(MODULES);
  const document = layersMarkdown(found);
  await writeText(join(out, 'audit-layers.md'), document);
  io.out(json ? `${JSON.stringify(found, null, 1)}\n` : document);
  return EXIT.agree;
}

async function auditOne(one: Audited, io: Io): Promise<LibraryResult> {
  const adapter = await loadAdapter(one.adapter);
  io.err(`audit: ${adapter.name}\n`);
  return auditLibrary(adapter, versionOf(MODULES, adapter.packageName), one);
}

function interrupted(io: Io): number {
  io.err('audit: interrupted; no files were written\n');
  return EXIT.interrupted;
}

/** @throws UsageError */
function options(argv: readonly string[]): { help: boolean; json: boolean; out: string; library: string[] } {
  const flag = { type: 'boolean', default: false } as const;
  const parse = () => {
    try {
      const text = {
        out: { type: 'string', default: 'results' },
        library: { type: 'string', multiple: true },
      } as const;
      return parseArgs({ args: [...argv], options: { help: flag, json: flag, ...text } }).values;
    } catch (error) {
      throw new UsageError((error as Error).message.split('\n')[0], 'see --help');
    }
  };
  const { library = [], ...rest } = parse();
  const unknown = library.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--library: unknown name "${unknown}"`, `choose one of ${NAMES.join(', ')}`);
  return { ...rest, library };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runAsProgram(runAudit);
