// Terminals: colours where they are wanted, no escapes on a dumb terminal, and the cursor is
// shown again.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wantsColours } from '../../src/program/colours.ts';
import { inTurn, newFolder, programWords } from './program.ts';

describe('colours', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { TERM: 'xterm' }, true],
    [true, { TERM: 'dumb' }, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true], // no-color.org: "when present and not an empty string"
    [false, { NO_COLOR: '' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1', TERM: 'dumb' }, true],
  ])('terminal: %s, %j', (isTty, env, wanted) => {
    expect(wantsColours(isTty, env)).toBe(wanted);
  });
});

const noScript =
  spawnSync('script', ['--version']).status === 0 ? null : 'there is no script (util-linux) to make a terminal';
const ESCAPE = '\x1b';
const CTRL_C = '\x03';

/** A run at a terminal; `typed` is told all that is on the screen so far, and may type. */
function atTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  typed: (screen: string, type: (text: string) => unknown) => unknown = () => '',
) {
  return inTurn(async () => {
    const words = programWords(args).map((word) => `'${word}'`);
    // Ctrl-C makes a terminal throw away what was written and not yet read; with noflsh all of it
    // can be looked at
    const child = spawn('script', ['-qefc', `stty noflsh; exec ${words.join(' ')}`, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '', ...env },
      ...{ timeout: 55_000, killSignal: 'SIGKILL' },
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      typed(screen, (keys) => child.stdin.write(keys));
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, screen };
  });
}

const SHORT = ['compare', '--dataset', 'moons', '--epochs', '30', '--backend', 'cpu', '--out'];

describe.skipIf(noScript !== null)(`a terminal (${noScript ?? 'script'})`, () => {
  it('that is dumb gets no escapes', async () => {
    const { code, screen } = await atTerminal([...SHORT, newFolder()], { TERM: 'dumb' });
    expect([code, screen.includes(ESCAPE)]).toEqual([0, false]);
    expect(screen).toContain('IDENTICAL');
  });

  it('with an empty NO_COLOR gets colours and bars', async () => {
    const { code, screen } = await atTerminal([...SHORT, newFolder()], { TERM: 'xterm' });
    expect([code, screen.includes(`${ESCAPE}[32mIDENTICAL`)]).toEqual([0, true]);
    expect(screen).toMatch(/step \d+ of \d+/);
  });

  it('has its cursor and its wrapping after a second Ctrl-C', async () => {
    let begun = false;
    const long = ['compare', '--dataset', 'moons', '--epochs', '3000', '--backend', 'cpu'];
    const twice = (seen: string, type: (text: string) => unknown): void => {
      if (begun || !/step [1-9]/.test(seen)) return;
      begun = true;
      type(CTRL_C);
      setTimeout(() => type(CTRL_C), 5);
    };
    const out = join(newFolder(), 'out');
    const { code, screen } = await atTerminal([...long, '--out', out], { TERM: 'xterm' }, twice);
    expect(code).toBe(130);
    expect(screen.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(screen.lastIndexOf(`${ESCAPE}[?25l`));
    expect(screen.lastIndexOf(`${ESCAPE}[?7h`)).toBeGreaterThanOrEqual(screen.lastIndexOf(`${ESCAPE}[?7l`));
  });
});
