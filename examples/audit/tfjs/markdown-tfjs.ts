// The audit of TensorFlow.js as a document: a row per registered gradient, then what is wrong.
import type { Checked, Verdict } from './check.ts';
import { FINDINGS, placeOf } from './findings.ts';

const ORDER: readonly Verdict[] = ['wrong', 'throws', 'inexact', 'not decided', 'kink', 'right'];

/** @param devices what computed on the backends that run in a browser, by backend */
export function tfjsMarkdown(
  found: readonly Checked[],
  version: string,
  devices: Readonly<Record<string, string>>,
): string {
  const backends = [...new Set(found.map(({ backend }) => backend))];
  const gradients = [...new Set(found.map(({ gradient }) => gradient))].sort();
  const cell = (gradient: string, backend: string): string => {
    const all = found.filter((one) => one.gradient === gradient && one.backend === backend);
    return ORDER.map((verdict) => [verdict, all.filter((one) => one.verdict === verdict).length] as const)
      .filter(([, n]) => n > 0)
      .map(([verdict, n]) => `${verdict} ${n}`)
      .join(', ');
  };
  const wrong = found.filter(({ verdict }) => verdict === 'wrong');
  const thrown = found.filter(({ verdict }) => verdict === 'throws');
  const inexact = found.filter(({ verdict }) => verdict === 'inexact');
  const count = (verdict: Verdict, backend: string): number =>
    found.filter((one) => one.verdict === verdict && one.backend === backend).length;
  const finding = ({ gradient, verdict, backend }: Checked): string => {
    const one = FINDINGS.find((f) => f.gradient === gradient && f.verdict === verdict && f.backends.includes(backend));
    return one === undefined ? '' : `${one.text}: ${placeOf(one)}`;
  };
  return [
    `# Gradients of TensorFlow.js ${version}, audited`,
    '',
    'Each cell counts cases: an operation at a point, with shapes and settings. `kink`: any slope between the one-sided ones is right there, and the gradient is.',
    'With `int32` differentiated, its gradient is beside slopes of the same operation on float32; with `complex64`, slopes are along real and imaginary parts.',
    'A wrong gradient is confirmed by a formula that takes no slopes: the operation on unit vectors where it is linear, its definition where it is not.',
    '`inexact`: that formula says that the gradient is right, and the values are those of `cpu` to three digits, but too rough for slopes to agree.',
    ...Object.entries(devices).map(([backend, device]) => `\`${backend}\` ran ${device}.`),
    '',
    ...table(
      ['verdict', ...backends],
      ORDER.map((verdict) => [verdict, ...backends.map((b) => String(count(verdict, b)))]),
    ),
    '',
    '## Every registered gradient',
    '',
    ...table(
      ['gradient', ...backends],
      gradients.map((g) => [g, ...backends.map((b) => cell(g, b))]),
    ),
    '',
    'Not asked: ArgMax, ArgMin, IsFinite, IsInf and IsNan, whose results are whole numbers. Without a registered gradient: Cumprod, GatherNd, StridedSlice, TopK, Einsum, CropAndResize, Greater, Less, LogicalNot, and of complex numbers all but ComplexAbs.',
    '',
    '## Wrong',
    '',
    ...table(
      ['gradient', 'backend', 'case', 'first wrong entry', 'confirmed', 'why'],
      wrong.map((one) => [
        one.gradient,
        one.backend,
        one.what,
        one.detail,
        one.isConfirmed === true ? 'yes' : 'no',
        finding(one),
      ]),
    ),
    '',
    '## Inexact, not wrong',
    '',
    ...table(
      ['gradient', 'backend', 'case', 'first entry that differs', 'why'],
      inexact.map((one) => [one.gradient, one.backend, one.what, one.detail, finding(one)]),
    ),
    '',
    '## Throws',
    '',
    ...table(
      ['gradient', 'backend', 'case', 'message', 'why'],
      thrown.map((one) => [one.gradient, one.backend, one.what, one.detail, finding(one)]),
    ),
    '',
    'Repeat: `npm run audit -- tfjs`',
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
