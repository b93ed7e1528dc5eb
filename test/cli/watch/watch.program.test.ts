// --watch: a save brings the verdict again, whatever was saved in between, and Ctrl-C ends it all.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { descendantsOf } from '../../../src/candidates/process/process-tree.ts';
import { filesIn, backproof, complaint, inTurn, newFolder, ROOT, start } from '../program.ts';
import { FILLED_IN, replacedOnce } from '../filled-in.ts';
import { eventually, isRunning } from '../../running.ts';

const RIGHT = FILLED_IN;
const WRONG = replacedOnce(FILLED_IN, 'dz.reduce((sum, row) => sum + row[o], 0)', 'dz[0][o]');
const BROKEN = 'export default (';
const BY_HAND = readFileSync(join(ROOT, 'data/cases/by-hand.json'), 'utf8');
const CASE = ['--backend', 'cpu', '--format', 'terminal'];
const XOR = ['--dataset', 'xor', '--backend', 'cpu', '--format', 'terminal'];

interface Watched {
  /** Saves the text, and returns all that is printed until `words` come. */
  readonly saved: (text: string, words: RegExp) => Promise<string>;
  /** All that is printed from now on until `words` come. */
  readonly until: (words: RegExp) => Promise<string>;
  readonly file: string;
  readonly processes: () => number[];
  /** Ctrl-C. Returns the exit code and all of stdout. */
  readonly ended: () => Promise<{ code: number | null; stdout: string }>;
}

/** Watches RIGHT with these options, and waits for the first words. */
function watching(
  args: readonly string[],
  use: (watched: Watched) => Promise<void>,
  { ending = '.mjs', first = /^AGREE/m } = {},
): Promise<void> {
  return inTurn(async () => {
    const folder = newFolder();
    const file = join(folder, `own${ending}`);
    writeFileSync(file, RIGHT);
    writeFileSync(join(folder, 'own.json'), BY_HAND);
    const words = [...args, '--candidate', file, '--watch', '--out', join(folder, 'out')];
    const { child, outcome } = start(words, { cwd: folder, limit: 120_000 });
    let text = '';
    let heard = (): void => {};
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (more: string) => {
        text += more;
        heard();
      });
    const until = (wanted: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        heard = () => {
          if (!wanted.test(text)) return;
          heard = () => {};
          resolve(text);
        };
        void outcome.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)));
        heard();
      });
    const save = (by: () => void, wanted: RegExp): Promise<string> => {
      text = '';
      by();
      return until(wanted);
    };
    const processes = (): number[] => descendantsOf(child.pid ?? 0);
    const ended = async () => {
      child.kill('SIGINT');
      return outcome;
    };
    try {
      await until(first);
      await use({ file, until, processes, ended, saved: (by, wanted) => save(() => writeFileSync(file, by), wanted) });
    } finally {
      child.kill('SIGKILL');
      await outcome.catch(() => null);
    }
  });
}

describe.concurrent('gradcheck --watch', () => {
  it.for(['.mjs', '.ts'])('says after each save of a %s file whether it is right', async (ending) => {
    await watching(
      ['gradcheck', ...XOR],
      async ({ saved, ended }) => {
        const wrong = await saved(WRONG, /^DISAGREE: .*/m);
        expect(wrong).toMatch(new RegExp(`^own\\${ending} saved at \\d\\d:\\d\\d:\\d\\d UTC\n`, 'm'));
        expect(wrong).toMatch(/bias-not-summed/);
        await saved(RIGHT, /^AGREE/m);
        await saved(WRONG, /^DISAGREE/m);
        await saved(RIGHT, /^AGREE/m);
        expect((await ended()).code).toBe(130);
      },
      { ending },
    );
  });

  it('goes on after a file that cannot be loaded, or is away for a while', async () => {
    await watching(['gradcheck', ...XOR], async ({ file, saved, until, ended }) => {
      const broken = await saved(BROKEN, /^backproof: .*\n/m);
      expect(broken).toMatch(/^own\.mjs saved at .*\nbackproof: own\.mjs threw [^\n]*\n$/m);
      expect(await saved('throw new Error("no"); export default 1;', /^backproof: .*\n/m)).toMatch(/threw Error: no/);
      await saved(RIGHT, /^AGREE/m);
      rmSync(file);
      await until(/own\.mjs is not there/);
      writeFileSync(`${file}.new`, WRONG);
      renameSync(`${file}.new`, file);
      await until(/^DISAGREE/m);
      expect((await ended()).code).toBe(130);
    });
  });

  it('checks again when an imported file is saved', async () => {
    await watching(['gradcheck', ...XOR], async ({ file, saved, until, ended }) => {
      const helper = join(file, '..', 'helper.mjs');
      writeFileSync(helper, RIGHT);
      const importing = "export { default, conventions } from './helper.mjs';\n";
      await saved(importing.replace(', conventions', ''), /^AGREE/m);
      writeFileSync(helper, WRONG);
      expect(await until(/^DISAGREE/m)).toMatch(/^helper\.mjs saved at /m);
      await ended();
    });
  });

  it('ends a check in the middle when the file is saved again', async () => {
    await watching(['gradcheck', ...XOR, '--time-limit', '600'], async ({ file, saved, until, ended }) => {
      const hangs = 'export default () => { console.log("hangs"); for (;;); };';
      await saved(hangs, /\[candidate\] hangs/);
      writeFileSync(file, WRONG);
      await until(/^DISAGREE/m);
      const { stdout } = await ended();
      expect(stdout.match(/^(AGREE|DISAGREE)/gm)).toEqual(['AGREE', 'DISAGREE']);
    });
  });

  it('gives the same report as a run by itself, and leaves no process behind', async () => {
    const without = (text: string): string => text.slice(text.indexOf('\n', text.lastIndexOf('saved at')) + 1);
    await watching(['gradcheck', ...XOR], async ({ file, saved, processes, ended }) => {
      // the first report may still be coming
      await saved(`${WRONG}\n`, /^DISAGREE[^]*^(?:Repeat: .*|.*npx backproof gradcheck.*)\n/m);
      await new Promise((resolve) => setTimeout(resolve, 300)); // a spare process starts
      const before = processes();
      expect(before.length).toBeGreaterThan(0);
      const { code, stdout } = await ended();
      expect(code).toBe(130);
      await eventually(() => !before.some(isRunning));
      expect(before.filter(isRunning)).toEqual([]);
      const alone = await start(['gradcheck', ...XOR, '--candidate', file, '--out', join(file, '..', 'alone')]).outcome;
      expect(alone.code).toBe(1);
      expect(without(stdout)).toBe(alone.stdout);
    });
  });

  it('writes the reports each time', async () => {
    const args = ['gradcheck', '--dataset', 'xor', '--backend', 'cpu', '--format', 'json,junit'];
    await watching(args, async ({ file, saved, ended }) => {
      const out = join(file, '..', 'out');
      expect(filesIn(out)).toContain('gradcheck.json');
      rmSync(out, { recursive: true });
      await saved(RIGHT, /gradcheck\.json/);
      expect(filesIn(out)).toContain('gradcheck.json');
      await ended();
    }, { first: /gradcheck\.json/ }); // prettier-ignore
  });

  it('checks a case file again when it is saved', async () => {
    await watching(['gradcheck', ...CASE, '--case', 'own.json'], async ({ file, until, ended }) => {
      const own = join(file, '..', 'own.json');
      const wrong = JSON.parse(BY_HAND) as { expected: { loss: number } };
      wrong.expected.loss += 1;
      writeFileSync(own, JSON.stringify(wrong));
      expect(await until(/^DISAGREE/m)).toMatch(/^own\.json saved at /m);
      writeFileSync(own, '{');
      await until(/^backproof: .*own\.json/m);
      await ended();
    });
  });
});

describe.concurrent('compare --watch', () => {
  it('says the gradients first, and ends a training when the file is saved', async () => {
    const args = [
      'compare',
      '--dataset',
      'moons',
      '--epochs',
      '2000',
      '--full',
      '--backend',
      'cpu',
      '--format',
      'terminal',
    ];
    await watching(
      args,
      async ({ saved, ended }) => {
        const wrong = await saved(WRONG, /^DISAGREE/m);
        expect(wrong).toMatch(/^own\.mjs saved at .*\nGradient check: DISAGREE/m);
        expect(wrong).not.toMatch(/^Comparing/m);
        const right = await saved(RIGHT, /^Comparing/m);
        expect(right).toMatch(/^own\.mjs saved at .*\nGradient check: AGREE.*\nComparing/m);
        const { code, stdout } = await ended();
        expect(code).toBe(130);
        expect(stdout.match(/^(AGREE|DISAGREE|INCONCLUSIVE)/gm)).toEqual(['DISAGREE']);
      },
      { first: /^Gradient check: AGREE.*\nComparing/m },
    );
  });
});

describe.concurrent('--watch is refused', () => {
  it.for<[string, string[], RegExp]>([
    ['with --json', ['--candidate', 'examples/loops/network.mjs', '--json'], /^--watch does not go with --json/],
    ['with nothing to watch', [], /^--watch needs a candidate/],
    ['with a command that names no file', ['--candidate-command', 'python3 -m own'], /^--watch: no word of/],
    ['with a file that is not there', ['--candidate', 'nowhere.mjs'], /there is no file nowhere\.mjs/],
    [
      'with a data set that is not there',
      ['--candidate', 'examples/loops/mistake.mjs', '--data', 'nowhere'],
      /nowhere/,
    ],
  ])('%s', async ([, args, message]) => {
    const run = await backproof(['gradcheck', ...args, '--watch']);
    expect(run.code).toBe(2);
    if (args.includes('--json')) expect(JSON.parse(run.stdout)).toMatchObject({ kind: 'error', code: 'usage' });
    else expect(complaint(run)).toMatch(message);
  });
});
