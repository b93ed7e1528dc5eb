// Streams: results on stdout, everything else on stderr, bars and colours only on a terminal,
// readers that stop early.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReport } from './documents.ts';
import { COMPARED, CPU, backproof, filesIn, inTurn, newFolder, programWords, withoutProgress } from './program.ts';

/** Long enough for a bar to show. */
const LONGER = ['--dataset', 'moons', '--epochs', '30', '--backend', 'cpu'];
const BAR = /[█░]{5}.*step \d+ of \d+/;

function quoted(args: readonly string[]): string {
  return programWords(args).map((word) => `'${word}'`).join(' '); // prettier-ignore
}

/** Runs a line of shell; the code of `$?` in it may be written to a file. */
function shell(
  line: string,
  program = 'sh',
  args = ['-c', line],
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return inTurn(async () => {
    const child = spawn(program, args, { timeout: 45_000, killSignal: 'SIGKILL' });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { stdout, stderr, code };
  });
}

describe.concurrent('a reader that has seen enough', () => {
  it.for([
    ['0', []],
    ['1', ['--fault', 'sign']],
  ] as const)('changes nothing about the exit code %s', async ([code, fault]) => {
    const out = newFolder();
    const program = quoted(
      ['compare', ...LONGER, '--epochs=100', ...fault, '--json', '--out', out].filter(
        (w) => w !== '--epochs' && w !== '30',
      ),
    );
    const { stdout, stderr } = await shell(`{ ${program}; echo $? >'${out}/code'; } | head -n 1`);
    expect(readFileSync(join(out, 'code'), 'utf8').trim()).toBe(code);
    expect(stdout).toBe('{\n');
    expect(
      withoutProgress(stderr)
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('Reports: ')),
    ).toEqual([]);
    expect(filesIn(out)).toEqual([...COMPARED, 'code'].sort());
  });

  it('does not keep a baseline from being written', async () => {
    const out = newFolder();
    const program = quoted([
      'compare',
      '--dataset',
      'moons',
      '--epochs',
      '100',
      '--backend',
      'cpu',
      '--json',
      '--update-baseline',
      '--baseline',
      join(out, 'baseline.json'),
      '--out',
      out,
    ]);
    await shell(`${program} | true`);
    expect(filesIn(out)).toContain('baseline.json');
  });

  it.skipIf(!existsSync('/dev/full'))('is another thing than a full disk, which is no disagreement', async () => {
    const out = newFolder();
    const { stderr, code } = await shell(`${quoted(['compare', ...CPU, '--out', out])} >/dev/full`);
    expect(withoutProgress(stderr)).toMatch(/^backproof: [^\n]*ENOSPC[^\n]*\n$/);
    expect([2, 4]).toContain(code);
  });
});

const noScript =
  spawnSync('script', ['--version']).status === 0 ? null : 'there is no script (util-linux) to make a terminal';

describe.concurrent('progress bars', () => {
  it('are not shown where there is no terminal', async () => {
    const run = await backproof(['compare', ...LONGER, '--out', newFolder()]);
    expect(run.stderr).toMatch(/^Comparing /);
    expect(run.stderr).not.toMatch(BAR);
    expect(withoutProgress(run.stderr)).toBe('');
    expect(run.stdout).not.toMatch(/[█░\x1b]/); // eslint-disable-line no-control-regex
    expect(run.stdout).toMatch(/^Repeat: {2}npx backproof compare .*--seed 1$/m);
  });

  it('are shown on a terminal, on stderr alone', async ({ skip }) => {
    if (noScript !== null) skip(noScript);
    const out = newFolder();
    const line = `${quoted(['compare', ...LONGER, '--json', '--out', out])} >'${out}/stdout'`;
    const { stdout: screen, code } = await shell('', 'script', ['-qefc', line, '/dev/null']);
    expect(screen).toMatch(BAR);
    for (const label of ['vector', 'tfjs']) expect(screen).toContain(label);
    expect(parseReport(readFileSync(join(out, 'stdout'), 'utf8')).verdict.kind).toBe('identical');
    expect(code).toBe(0);
  });

  it('are not shown where stderr goes elsewhere, though stdout is a terminal', async ({ skip }) => {
    if (noScript !== null) skip(noScript);
    const out = newFolder();
    const line = `${quoted(['compare', ...LONGER, '--out', out])} 2>'${out}/stderr'`;
    const { stdout: screen } = await shell('', 'script', ['-qefc', line, '/dev/null']);
    expect(screen).not.toMatch(BAR);
    expect(screen).toMatch(/\x1b\[32mIDENTICAL/); // eslint-disable-line no-control-regex
    expect(withoutProgress(readFileSync(join(out, 'stderr'), 'utf8'))).toBe('');
  });
});
