// Break it: every known mistake at every place by a click; what the loss says of it, and what the
// check says.
import { useState } from 'preact/hooks';
import type { PartProps } from '../ui/part.ts';
import { NetworkAnswer } from '../ui/network-answer.tsx';
import { FaultList } from './fault-list.tsx';
import { LossOfBoth } from './loss-of-both.tsx';
import { useBreaker } from './use-breaker.ts';
import type { Listed } from './known.ts';

/** Seen by no loss curve, and made by everybody once. */
const FIRST = 'bias-of-last-example@every';

export default function Breaks({ state, onState }: PartProps) {
  const [fault, setFault] = useState(() => faultIn(state));
  const breaker = useBreaker(fault);
  const choose = (next: string): void => {
    setFault(next);
    onState({ fault: next });
  };
  const of = breaker.list.find(({ places }) => places.includes(fault)) ?? null;
  return (
    <div class="part breaks">
      <div class="opening">
        <h1>Break it</h1>
        <p class="lede">
          Every mistake that backproof knows, at every place where it can be made. Put one in, and see what the loss
          says of it, which is often nothing, and what the check says.
        </p>
      </div>
      <div class="desk">
        <FaultList list={breaker.list} isComplete={breaker.isComplete} fault={fault} choose={choose} />
        <div class="pane" aria-busy={breaker.report === null}>
          {of !== null && <About of={of} fault={fault} />}
          {breaker.failed !== null && (
            <p class="notice bad" role="alert">
              Not checked: {breaker.failed}.
            </p>
          )}
          <p class="hidden" role="status">
            {breaker.report === null ? '' : `${fault}: ${breaker.report.verdict.kind}`}
          </p>
          <LossOfBoth trained={breaker.trained} />
          {breaker.report === null ? (
            breaker.failed === null && <p class="muted">Checking ...</p>
          ) : (
            <NetworkAnswer report={breaker.report} prefix="break-" />
          )}
        </div>
      </div>
    </div>
  );
}

function faultIn(state: unknown): string {
  const { fault } = typeof state === 'object' && state !== null ? (state as Record<string, unknown>) : {};
  return typeof fault === 'string' && fault.length < 100 ? fault : FIRST;
}

function About({ of, fault }: { readonly of: Listed; readonly fault: string }) {
  const [, place] = fault.split('@');
  const where = place === undefined ? '' : place === 'every' ? ' at every layer' : ` at layer ${place}`;
  return (
    <section class="card about-fault" aria-label="the mistake">
      <h2>
        <code>{of.id}</code>
        <span class="muted">{where}</span>
      </h2>
      <p>{sentence(of.description)}</p>
      {of.formula !== null && (
        <p>
          <span class="bad">Wrong:</span> <code>{of.formula}</code>
        </p>
      )}
      <p class="muted">
        Put into {of.network}, {of.optimizer}, on{' '}
        {of.data === 'moons' ? 'two half moons of points' : 'pictures of bars'}.
      </p>
    </section>
  );
}

function sentence(text: string): string {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return whole.endsWith('.') ? whole : `${whole}.`;
}
