// The side effects of importing a module: it is imported in a fresh process, which may write no
// file and start no thread or program.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node } from './installed.ts';
import type { Project } from './installed.ts';

const PROBE = `
import { createRequire } from 'node:module';
const look = () => ({
  globals: Reflect.ownKeys(globalThis).map(String),
  listeners: process.eventNames().map((name) => String(name) + ' ' + process.listenerCount(name)),
  environment: Object.entries(process.env).map(String),
  handles: process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap'), // those are the process's own streams
  tensorflow: [
    ...Object.keys(createRequire(import.meta.url).cache),
    ...process.report.getReport().sharedObjects,
  ].filter((file) => /tensorflow|tfjs|sharp/.test(file.replace(process.cwd(), ''))),
});
const before = look();
await import(process.argv[2]);
const after = look();
process.stdout.write(JSON.stringify(
  Object.entries(after).flatMap(([what, all]) => {
    return all.filter((one) => !before[what].includes(one)).map((one) => what + ': ' + one);
  }),
));
`;

/** One line per side effect of the import; empty if there is none. */
export function sideEffects(project: Project, specifier: string): string[] {
  const probe = join(project.folder, 'probe.mjs');
  writeFileSync(probe, PROBE);
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const flags = ['--no-warnings=ExperimentalWarning', permission, '--allow-fs-read=*'];
  const { code, stdout, stderr } = node(project, [...flags, probe, specifier]);
  if (code !== 0) return [`ended with ${code ?? 'a timeout'}: ${stderr.trim()}`];
  const at = stdout.lastIndexOf('[');
  const written = `${stdout.slice(0, at)}${stderr}`;
  return [...(written === '' ? [] : [`written: ${written}`]), ...(JSON.parse(stdout.slice(at)) as string[])];
}
