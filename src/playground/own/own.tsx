// Your own.
import { useEffect, useState } from 'preact/hooks';
import type { PartProps } from '../ui/part.ts';
import { FIRST_CHOICE } from '../work/problem.ts';
import { filledTemplate, replaced } from './filled.ts';
import type { Outcome } from './messages.ts';
import { Runner } from './runner.ts';

export default function Own(_: PartProps) {
  const [out, setOut] = useState<string>('');
  useEffect(() => {
    const runner = new Runner();
    const code = replaced(filledTemplate(), 'bias[unit]! += d', 'bias[unit]! = d');
    const t = performance.now();
    const go = (n: number) => {
      const t0 = performance.now();
      runner.run({ name: 'my-mlp.ts', code, chosen: FIRST_CHOICE, caseText: '' }, (outcome: Outcome) => {
        setOut(
          (o) =>
            o +
            `\n${performance.now() - t0} since ${t0 - t} ${outcome.kind === 'network' ? outcome.report.verdict.kind : JSON.stringify(outcome).slice(0, 1000)}`,
        );
        if (n > 0) setTimeout(() => go(n - 1), 1500);
      });
    };
    go(4);
    return () => runner.end();
  }, []);
  return (
    <>
      <h1>Your own</h1>
      <pre>{out}</pre>
    </>
  );
}
