// The worker of "Break it", as the page sees it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { GradcheckReport } from '../../report/report.ts';
import { openWorker } from '../work/open-worker.ts';
import address from './break-worker.ts?chunk';
import type { Listed } from './known.ts';
import type { FromBreaker, Trained, Wish } from './messages.ts';

export interface Breaker {
  readonly list: readonly Listed[];
  readonly isComplete: boolean;
  /** Of the mistake that is put in; null until it is there. */
  readonly report: GradcheckReport | null;
  readonly trained: Trained | null;
  /** Why there is no answer. */
  readonly failed: string | null;
}

const NOTHING = { report: null, trained: null, failed: null };

/** @param fault "sign@2" */
export function useBreaker(fault: string): Breaker {
  const worker = useRef<Worker | null>(null);
  const wish = useRef(0);
  const [list, setList] = useState<readonly Listed[]>([]);
  const [isComplete, complete] = useState(false);
  const [answer, setAnswer] = useState<Pick<Breaker, 'report' | 'trained' | 'failed'>>(NOTHING);
  useEffect(() => {
    const take = (data: FromBreaker): void => {
      if (data.kind === 'listed') {
        setList((before) => [...before, ...data.some]);
        complete(data.isLast);
      } else if (data.id === wish.current) {
        if (data.kind === 'checked') setAnswer((before) => ({ ...before, report: data.report }));
        if (data.kind === 'trained') setAnswer((before) => ({ ...before, trained: data.trained }));
        if (data.kind === 'failed') setAnswer({ ...NOTHING, failed: data.said });
      }
    };
    const one = openWorker(address, {
      message: take,
      failed: () => setAnswer({ ...NOTHING, failed: 'the worker stopped. Reload the page to start it again' }),
    });
    worker.current = one;
    return () => one.terminate();
  }, []);
  useEffect(() => {
    setAnswer(NOTHING);
    const next: Wish = { id: ++wish.current, fault };
    worker.current?.postMessage(next);
  }, [fault]);
  return { list, isComplete, ...answer };
}
