// The same seed gives the same report except for `timing`, and the command in the report repeats
// the run.
import { beforeAll, describe, expect, it } from 'vitest';
import { compareDocument, parseReport, untimed } from './documents.ts';
import { SMALL, backproof, nativeMissing, newFolder } from './program.ts';

const missing = nativeMissing();
const RUN = ['compare', ...SMALL, '--optimizer', 'adam', '--json'];

/** The arguments of a command in a report. */
function words(command: string): string[] {
  expect(command).toMatch(/^npx backproof (compare|gradcheck) [-\w. ,@]+$/); // no character that a shell would change
  return command.replace(/^npx backproof /, '').split(' ');
}

describe.concurrent('two runs with one seed', () => {
  it.for(['wasm', 'node'])('are the same except for their timing with --backend %s', async (backend, { skip }) => {
    if (backend === 'node' && missing !== null) skip(missing);
    const run = [...RUN, '--backend', backend, '--hidden', '7,5', '--seed', '-3'];
    const first = await backproof([...run, '--out', newFolder()]);
    const { command } = parseReport(first.stdout);
    const again = await backproof([...words(command), '--json', '--out', newFolder()]);
    expect([first.code, again.code]).toEqual([0, 0]);
    expect(JSON.stringify(untimed(again.stdout))).toBe(JSON.stringify(untimed(first.stdout)));
  });
});

describe.concurrent('one run', () => {
  let base = '';
  beforeAll(async () => {
    base = (await backproof([...RUN, '--backend', 'cpu', '--out', newFolder()])).stdout;
  });

  it('is the same from any folder, in any locale and time zone', async () => {
    const setting = { cwd: newFolder(), env: { ...process.env, LC_ALL: 'de_DE.UTF-8', TZ: 'Asia/Kathmandu' } };
    const there = await backproof([...RUN, '--backend', 'cpu', '--out', newFolder()], setting);
    expect(untimed(there.stdout)).toEqual(untimed(base));
  });

  it.for(['2', '9007199254740991'])('differs with seed %s', async (seed) => {
    const other = await backproof([...RUN, '--backend', 'cpu', '--seed', seed, '--out', newFolder()]);
    const { settings, freeRun } = compareDocument(other.stdout);
    expect(settings.seed).toBe(Number(seed));
    expect(freeRun.loss).not.toEqual(compareDocument(base).freeRun.loss);
    expect(other.code).toBe(0);
  });
});
