// Foreign text becomes one line that a terminal only prints; printable text stays as it is.
import { describe, expect, it } from 'vitest';
import { DataError } from '../src/errors.ts';
import { SHOWN, hasControls, safeLines, safeText } from '../src/text.ts';
import { HOSTILE } from './report/hostile.ts';

const ACTIVE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

describe('foreign text', () => {
  it.each(Object.entries(HOSTILE))('that %s becomes one short line, which does not change again', (_what, text) => {
    const line = safeText(text);
    expect(line).not.toMatch(ACTIVE);
    expect(line.length).toBeLessThanOrEqual(SHOWN);
    expect(safeText(line)).toBe(line);
  });

  it.each(['my-mlp.ts', 'Größe', '重み', 'W₁ ← W₁ − η·∂L/∂W₁', '🧠 net', 'a/b c.mjs', '-1.5e-7', 'ñ e\u0301'])(
    '"%s" stays as it is',
    (text) => {
      expect(safeText(text)).toBe(text);
      expect(safeLines(text)).toBe(text);
    },
  );

  it('keeps its beginning and its end if it is too long, and whole characters', () => {
    expect(safeText(`${'a'.repeat(300)}.json`)).toMatch(/^a{100,}…a+\.json$/);
    expect(safeText('🧠'.repeat(5000))).toMatch(/^(🧠)+…(🧠)+$/u);
    expect(safeText('abcdef', 4)).toBe('abc…');
  });

  it('keeps its line breaks where they are allowed', () => {
    expect(safeLines('Traceback:\r\n  File "\u001b[31mx\u001b[0m"\n\u0007')).toBe('Traceback:\n  File "x"\n\ufffd');
  });

  it('can name a file, unless it does something where it is printed', () => {
    for (const name of ['x\ny', 'x\u001b[2J', 'x\u009b', 'x\u202ey', 'x\u2028y']) expect(hasControls(name)).toBe(true);
    for (const name of ['Screenshot 3.00\u202fPM.png', '👩\u200d💻.json', 'a  b'])
      expect(hasControls(name)).toBe(false);
  });

  it('does not crowd out the rest of an error message', () => {
    const { message, hint } = new DataError(`${'p'.repeat(5000)}: is\nmissing`, `\u001b[2J${'see '.repeat(5000)}there`);
    expect(message).toMatch(/^p+…p+: is missing$/);
    expect(message.length).toBeLessThan(1000);
    expect(hint).toMatch(/^see .*…/);
    expect(hint?.length).toBeLessThanOrEqual(3000);
  });
});
