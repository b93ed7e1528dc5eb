// Where a report is from: run, network, engines, environment and command, in one line that unfolds.
import { describeNetwork } from '../../../../network/spec.ts';
import type { Report } from '../../../report.ts';
import { describeBatch, describeEngine, describeSettings } from '../../../words/settings.ts';
import { formatCount } from '../../../words/numbers.ts';
import { Command } from '../parts/copy.tsx';
import { Fold } from '../parts/fold.tsx';
import { dateWords } from '../parts/words.ts';

export function About({ report }: { readonly report: Report }) {
  const { candidate, reference, settings, environment: e, timing, command } = report;
  const facts: [string, string][] = [
    ['Compared', `${describeEngine(candidate)} with ${describeEngine(reference)}`],
    ['Run', runWords(report)],
    ...(settings === null ? [] : [['Network', networkWords(report)] as [string, string]]),
    ['Environment', `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${e.cpu}`],
    ['Started', dateWords(timing.startedAt)],
  ];
  return (
    <div class="about">
      <Fold id="run" summary={runWords(report)}>
        {() => (
          <dl class="facts">
            {facts.map(([term, text]) => (
              <>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </>
            ))}
          </dl>
        )}
      </Fold>
      <Command id="command" text={command} />
    </div>
  );
}

function runWords(report: Report): string {
  if (report.kind === 'compare') return describeSettings(report.settings);
  if (report.settings !== null) return describeBatch(report.settings);
  const { cases } = report;
  return `${formatCount(cases.length)} case ${cases.length === 1 ? 'file' : 'files'}`;
}

function networkWords({ settings, gradientCheck }: Report): string {
  if (settings === null) return '';
  const parameters = gradientCheck === null ? '' : `${formatCount(gradientCheck.entries)} parameters, `;
  return `${describeNetwork(settings.network)}; ${parameters}${settings.initializer}, scaling of the inputs: ${settings.scale}`;
}
