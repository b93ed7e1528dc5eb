// What asking a candidate found out, in every format, each thing once.
import { describe, expect, it, test } from 'vitest';
import type { Diagnosis, NamedFault } from '../../src/check/diagnosis/diagnose.ts';
import type { Told } from '../../src/check/probe/told.ts';
import { answerOf } from '../../src/report/answer/answer.ts';
import {
  askedSentence,
  says,
  saysWhereToLook,
  toldIn,
  toldSentence,
  toldSentencesOf,
} from '../../src/report/answer/told.ts';
import { formatJson, parseReport } from '../../src/report/formats/json.ts';
import { formatJunit } from '../../src/report/formats/junit.ts';
import { formatMarkdown } from '../../src/report/formats/markdown.ts';
import { formatTerminal } from '../../src/report/formats/terminal.ts';
import { summaryOf } from '../../src/report/html/summary.ts';
import type { CompareReport, Report } from '../../src/report/report.ts';
import { realReport } from './fixture.ts';
import { CHANCE, DERIVATIVE, OTHER_LOSS, SUM, probed, withProbed } from './told.ts';

const wrong = await realReport({ fault: 'sign@1' });
const [sign] = wrong.gradientCheck.diagnosis?.mistakes ?? [];
const UNKNOWN = 'No known mistake explains this.';
/** No patterns: those of this report say "opposite sign". */
const plain: CompareReport = { ...wrong, gradientCheck: { ...wrong.gradientCheck, patterns: null } };

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('one sentence', () => {
  test.each<[string, Told, string]>([
    [
      'the fix, the text, and the formulas that neither has',
      SUM,
      'Fix: sum dz2 over the batch. db2 is 0; dz2 is right. Right is db2 = Σ_b dz2.',
    ],
    [
      'the right formula once, if it is the fix',
      DERIVATIVE,
      'Fix: dz1 = (dz2 W2ᵀ) ⊙ (1 - a1²). The derivative in use in dz1 is 1 - a1; for tanh it is 1 - a1². It uses dz1 = (dz2 W2ᵀ) ⊙ (1 - a1).',
    ],
    [
      'both formulas, without a fix',
      OTHER_LOSS,
      'The loss is binary cross-entropy, and the gradient is its own. It uses -Σ (t log p + (1 - t) log(1 - p)) / B; right is Σ (p - t)² / (B·K).',
    ],
    ['a fix alone', CHANCE, `Fix: ${CHANCE.fix ?? ''}. ${CHANCE.text}`],
    [
      'place and pattern alone',
      { ...SUM, text: 'db2 is wrong in unit 3', used: null, right: null, fix: null },
      'db2 is wrong in unit 3.',
    ],
    [
      'no formula in use of a factor: the text says it',
      { ...SUM, kind: 'factor', text: 'db2 is 3 times the right one.', used: 'db2 = 3 · Σ_b dz2', fix: SUM.right },
      'Fix: db2 = Σ_b dz2. db2 is 3 times the right one.',
    ],
  ])('has %s', (_, told, sentence) => expect(toldSentence(told)).toBe(sentence));

  it('is one printable line, whatever it holds', () => {
    const sentence = toldSentence({ ...SUM, text: `db2 is ${NaN} times\n\u001b[31mright`, used: 'NaN · dz2' });
    expect(sentence).toBe(
      'Fix: sum dz2 over the batch. db2 is NaN times right. It uses NaN · dz2; right is db2 = Σ_b dz2.',
    );
  });

  test.each([
    ['db2 is 0; dz2 is right.', 'db2 = 0', true],
    ['db2 is 0.5; dz2 is right.', 'db2 = 0', false],
    ['The derivative is 1 - a1²', '1 - a1', false],
    ['The derivative is 1 - a1; right', '1 - a1', true],
    ['It is a mean.', 'a', false],
    ['The derivative is a; for tanh', 'a', true],
    ['Either dz1 = z, or dz1 = a: the same for all that was asked.', 'dz1 = z or dz1 = a', true],
    ['Either dz1 = z, or dz1 = a: the same for all that was asked.', 'dz1 = z or dz1 = p', false],
    ['dz1 is a - t', 'a', false],
  ])('"%s" has %s: %s', (text, formula, has) => expect(says(text, formula)).toBe(has));

  test.each([
    [41, ['Found by asking the candidate 41 times.']],
    [1, ['Found by asking the candidate once.']],
    [0, []],
    [NaN, []],
  ])('%d questions', (asked, sentences) => expect(askedSentence(probed(asked, SUM), 'candidate')).toEqual(sentences));
});

describe('what is left beside named mistakes', () => {
  const of = (layer: NamedFault['layer'], ...told: Told[]): Diagnosis => ({
    engine: 'candidate',
    mistakes: [{ fault: 'sign', layer, description: 'd', remedy: 'r' }],
    probed: probed(41, ...told),
  });
  const left = (...all: Diagnosis[]): readonly Told[] => toldIn(all)?.told ?? [];

  it('is what is told of another layer, of the loss, of chance and state', () => {
    expect(left(of(1, DERIVATIVE, SUM, OTHER_LOSS, CHANCE))).toEqual([CHANCE, SUM, OTHER_LOSS]);
    expect(left(of('every', DERIVATIVE, SUM))).toEqual([]);
    expect(left(of(null, DERIVATIVE, OTHER_LOSS))).toEqual([OTHER_LOSS]);
  });

  it('is everything where none is named, once, chance first', () => {
    const none = (...told: Told[]): Diagnosis => ({ ...of(1, ...told), mistakes: [] });
    expect(left(none(SUM, DERIVATIVE), none(CHANCE, SUM))).toEqual([CHANCE, SUM, DERIVATIVE]);
    expect(toldIn([none(SUM), of(2, SUM), none(DERIVATIVE)])?.asked).toBe(82);
    expect(toldIn([none(), null, undefined, { ...none(), probed: undefined }])).toBeNull();
  });

  it('says where to look, if it is of that layer', () => {
    const look = { name: 'dz1', formula: null };
    const isSaid = ([DERIVATIVE, CHANCE, OTHER_LOSS, SUM] as const).map((one) => saysWhereToLook([one], look));
    expect(isSaid).toEqual([true, true, true, false]);
    expect(saysWhereToLook([], look)).toBe(false);
  });
});

describe('the answer', () => {
  const lines = (report: Report): readonly string[] => answerOf(report).lines;

  it('tells it in place of "no known mistake", each on its line, then how it is known', () => {
    const told = withProbed(plain, probed(41, DERIVATIVE, SUM));
    expect(lines(told)).toEqual([
      toldSentence(DERIVATIVE),
      toldSentence(SUM),
      'Found by asking the candidate 41 times.',
      'Right: loss, W2, b2. Wrong: W1, b1.',
    ]);
    expect(answerOf(told).trouble?.probed).toEqual(probed(41, DERIVATIVE, SUM));
    expect(summaryOf(told, 'x.html').fix).toBe(toldSentence(DERIVATIVE));
  });

  it('says "look at" and "no known mistake" where nothing was told', () => {
    const untold = withProbed(plain, probed(41));
    expect(lines(untold)[0]).toMatch(/^Look at dz1 = /);
    expect(lines(untold)).toContain(UNKNOWN);
    expect(answerOf(untold).trouble?.probed).toBeNull();
  });

  it('still says where to look, if what is told is of another layer', () => {
    const told = withProbed(plain, probed(41, SUM));
    expect(lines(told).slice(0, 2)).toEqual([toldSentence(SUM), 'Found by asking the candidate 41 times.']);
    expect(lines(told)[2]).toMatch(/^Look at dz1 = /);
  });

  it('puts chance before everything, a named mistake too', () => {
    const told = withProbed(plain, probed(41, SUM, CHANCE), [sign]);
    expect(lines(told).slice(0, 4)).toEqual([
      toldSentence(CHANCE),
      lines(wrong)[0],
      toldSentence(SUM),
      'Found by asking the candidate 41 times.',
    ]);
  });

  it('leaves a named mistake alone that explains it all', () => {
    expect(lines(withProbed(wrong, probed(41, DERIVATIVE), [sign]))).toEqual(lines({ ...wrong }));
  });

  it('says a factor once', () => {
    const factor: Told = { ...DERIVATIVE, kind: 'factor', text: 'dz1 is -1 times the right one.', used: null };
    expect(lines(withProbed(wrong, probed(7, factor))).join()).not.toContain('opposite sign');
    expect(lines(withProbed(wrong, probed(7, SUM))).join()).toContain(
      'dW1 and db1 are the exact gradient with the opposite sign.',
    );
  });

  it('offers no fix for a loss of its own', () => {
    expect(lines(withProbed(plain, probed(12, OTHER_LOSS))).join('\n')).not.toContain('Fix:');
  });

  it('tells of an engine with several answers why, and nothing else', () => {
    const differs = { kind: 'unsteady', parameter: 'W1', index: [0, 2], first: 0.1, second: 0.2 } as const;
    const finding = { kind: 'answer', check: 'gradient-check', engine: 'candidate', flaw: differs } as const;
    const verdict = { kind: 'disagree', findings: [finding] } as const;
    const erratic = { ...plain, verdict, gradientCheck: { ...plain.gradientCheck, verdict, differs } };
    const told = withProbed(erratic, probed(30, SUM, CHANCE));
    const { headline, lines: said } = answerOf(told);
    expect(headline).toBe(
      'vector f32 (candidate) gives different answers to the same question: the gradient of W1[0,2] is 0.1, then 0.2',
    );
    expect(said).toEqual([toldSentence(CHANCE), 'Found by asking the candidate 30 times.']);
    expect(times(formatTerminal(told, false), 'different answers to the same question')).toBe(1);
    expect(answerOf(withProbed(erratic, probed(30, SUM))).headline).toMatch(/; look for randomness/);
  });
});

describe('every format', () => {
  const told = withProbed(plain, probed(41, DERIVATIVE, SUM));
  const asked = 'Found by asking the candidate 41 times.';

  test.each([
    ['terminal', formatTerminal(told, false)],
    ['JUnit', formatJunit(told)],
  ])('%s has it once', (_, text) => {
    for (const sentence of [toldSentence(DERIVATIVE), toldSentence(SUM), asked]) expect(times(text, sentence)).toBe(1);
    expect(text).not.toContain(UNKNOWN);
  });

  it('Markdown has it once, as a list', () => {
    const text = formatMarkdown(told);
    const items = text.split('\n').filter((line) => line.startsWith('- '));
    expect(items.slice(0, 3)).toEqual([
      `- ${toldSentence(DERIVATIVE)}`,
      '- Fix: sum dz2 over the batch. db2 is 0; dz2 is right. Right is db2 = Σ\\_b dz2.',
      `- ${asked}`,
    ]);
    expect(times(text, asked)).toBe(1);
  });

  it('JUnit has it in the first failure of its check, after what was measured', () => {
    const failures = [...formatJunit(told).matchAll(/<failure message="([^"]*)"[^>]*>([^<]*)</g)];
    expect(failures[0]?.[1]).toMatch(/^the gradient of W1\[/);
    expect(failures[0]?.[2]).toContain(`\n${toldSentence(DERIVATIVE)}\n${toldSentence(SUM)}\n${asked}`);
    expect(failures.slice(1).join()).not.toContain(asked);
  });

  it('JUnit has a named mistake too', () => {
    expect(formatJunit(wrong)).toMatch(/Fix: .* \(sign at layer 1\)\./);
  });

  it('JSON has it as data, and is read back', () => {
    const text = formatJson(told);
    expect(JSON.parse(text)).toMatchObject({
      gradientCheck: { diagnosis: { mistakes: [], probed: { asked: 41, told: [DERIVATIVE, SUM] } } },
    });
    const back = parseReport(text, 'x.json');
    expect(answerOf(back)).toEqual(answerOf(told));
    expect(formatTerminal(back, false)).toBe(formatTerminal(told, false));
  });

  it('a long text is not cut', () => {
    const long: Told = { ...SUM, text: `${'db2 is wrong in unit 3 and 4, '.repeat(20)}and 5.` };
    expect(formatTerminal(withProbed(plain, probed(9, long)), false)).toContain(long.text);
  });

  it('of updates too', () => {
    const update: Told = {
      kind: 'update',
      place: 'updates',
      text: 'v is divided by 1 - β₂ once, not by 1 - β₂ᵗ.',
      used: 'v̂ = v / (1 - β₂)',
      right: 'v̂ = v / (1 - β₂ᵗ)',
      fix: 'v̂ = v / (1 - β₂ᵗ)',
    };
    const diagnosis: Diagnosis = { engine: 'candidate', mistakes: [], probed: probed(20, update) };
    const { gradientCheck, lockstep, freeRun: _f, pictures: _p, baseline: _b, interrupted: _i, ...head } = plain;
    const updateCheck = { ...lockstep, verdict: lockstep.verdict, diagnosis };
    const { verdict, updates, trainSteps } = updateCheck;
    const report: Report = {
      ...head,
      kind: 'gradcheck',
      gradientCheck: { ...gradientCheck, diagnosis: null },
      updateCheck: { verdict, updates, trainSteps, diagnosis },
      cases: [],
      verdict: gradientCheck.verdict,
    };
    for (const text of [formatTerminal(report, false), formatJunit(report)]) {
      expect(times(text, toldSentence(update))).toBe(1);
      expect(times(text, 'Found by asking the candidate 20 times.')).toBe(1);
    }
    expect(formatJson(report)).toContain('"asked": 20');
  });
});

describe('what is the same in several layers', () => {
  const told = (place: string, text: string): Told => ({
    kind: 'operation',
    place,
    text,
    used: null,
    right: null,
    fix: null,
  });
  it('is told once, with the other places', () => {
    const all = [
      told('dW3', 'dW3 is z2ᵀ dz3 in layer 3.'),
      told('db3', 'db3 is 0.'),
      told('dW2', 'dW2 is z1ᵀ dz2 in layer 2.'),
    ];
    expect(toldSentencesOf(all)).toEqual(['dW3 is z2ᵀ dz3 in layer 3. The same in dW2.', 'db3 is 0.']);
    expect(toldSentencesOf([told('dW2', 'dW2 is a1ᵀ a2.'), told('dW1', 'dW1 is xᵀ a1.')])).toHaveLength(1);
  });
  it('is not taken for what only looks like it', () => {
    const all = [told('dW2', 'dW2 is z1ᵀ dz2.'), told('dW1', 'dW1 is z1ᵀ dz1.'), told('loss', 'dW1 is z0ᵀ dz1.')];
    expect(toldSentencesOf(all)).toEqual(all.map(({ text }) => text));
  });
});
