// Renders a report as JUnit XML, one test case per check and tensor, so that CI systems show
// what failed.
import type { Diagnosis } from '../../check/diagnosis/diagnose.ts';
import type { Finding, Verdict } from '../../check/verdict.ts';
import { causeSentences } from '../answer/causes.ts';
import type { Report } from '../report.ts';
import { safeReport } from '../safe-report.ts';
import type { Safe } from '../safe-report.ts';
import { baselineSentence, inconclusiveReason } from '../words/sentences.ts';
import { findingSentence } from '../words/findings.ts';
import { xmlDocument } from './xml.ts';
import type { Element } from './xml.ts';

/** One check of one thing. */
export interface TestCase {
  readonly suite: string;
  readonly name: string;
  readonly failures: readonly string[];
  readonly skipped: string | null;
}

/** The report as JUnit XML. */
export function formatJunit(given: Report): string {
  const report = safeReport(given);
  return junitDocument(`backproof ${report.kind}`, testCases(report));
}

/** @param cases whose texts have characters of XML alone */
export function junitDocument(name: string, cases: readonly TestCase[]): string {
  const count = (of: readonly TestCase[]) => ({
    tests: of.length,
    failures: of.filter((c) => c.failures.length > 0).length,
    skipped: of.filter((c) => c.skipped !== null).length,
    errors: 0,
  });
  const suites = [...new Set(cases.map((c) => c.suite))].map((suite): Element => {
    const own = cases.filter((c) => c.suite === suite);
    return { name: 'testsuite', attributes: { name: suite, ...count(own) }, children: own.map(elementOf) };
  });
  return xmlDocument({ name: 'testsuites', attributes: { name, ...count(cases) }, children: suites });
}

function elementOf({ suite, name, failures, skipped }: TestCase): Element {
  const children: Element[] = [];
  if (skipped !== null) children.push({ name: 'skipped', attributes: { message: skipped } });
  if (failures.length > 0)
    children.push({
      name: 'failure',
      attributes: { message: failures[0], type: 'disagree' },
      text: failures.join('\n'),
    });
  const classname = `backproof.${suite.replaceAll(' ', '-')}`;
  return { name: 'testcase', attributes: { name, classname }, children };
}

function testCases(report: Safe): TestCase[] {
  const ofVerdict = (
    suite: string,
    verdict: Verdict,
    tensors: readonly string[],
    diagnoses: readonly (Diagnosis | null)[],
  ): TestCase[] => {
    const findings = verdict.kind === 'disagree' ? verdict.findings : [];
    const skipped = verdict.kind === 'inconclusive' ? inconclusiveReason(verdict) : null;
    const sentences = (of: readonly Finding[]): string[] => of.map((f) => findingSentence(f, report));
    const about = (tensor: string): Finding[] =>
      findings.filter((f) => f.kind === 'beyond-bound' && f.measure.parameter === tensor);
    const others = findings.filter((f) => f.kind !== 'beyond-bound' || !tensors.includes(f.measure.parameter));
    const cases = [
      ...tensors.map((name) => ({ suite, name, failures: sentences(about(name)), skipped })),
      { suite, name: 'as a whole', failures: sentences(others), skipped },
    ];
    const first = cases.find(({ failures }) => failures.length > 0);
    first?.failures.push(...diagnoses.flatMap(causeSentences));
    return cases;
  };
  if (report.kind === 'gradcheck') {
    const { gradientCheck: own, updateCheck: updates } = report;
    return [
      ...(own === null ? [] : ofVerdict('gradient check', own.verdict, names(own.parameters), [own.diagnosis])),
      ...(updates === null ? [] : ofVerdict('updates', updates.verdict, names(updates.updates), [updates.diagnosis])),
      ...report.cases.flatMap((c) =>
        ofVerdict(c.name, c.verdict, names(c.gradientCheck.parameters), [
          c.gradientCheck.diagnosis,
          c.updateCheck?.diagnosis ?? null,
        ]),
      ),
    ];
  }
  const tensors = ['loss', 'outputs', ...names(report.gradientCheck.parameters)];
  return [
    ...ofVerdict('gradient check', report.gradientCheck.verdict, tensors, [report.gradientCheck.diagnosis]),
    ...ofVerdict('lockstep', report.lockstep.verdict, tensors, [report.lockstep.diagnosis]),
    ...ofVerdict('free run', report.freeRun.verdict, ['outputs'], []),
    ...(report.baseline?.figures ?? []).map((f) => ({
      suite: 'baseline',
      name: `${f.figure} of the ${f.side}`,
      failures: f.regressed ? [baselineSentence(f)] : [],
      skipped: null,
    })),
  ];
}

function names(measures: readonly { parameter: string }[]): string[] {
  return measures.map((m) => m.parameter);
}
