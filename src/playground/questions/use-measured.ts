// A live question, as a component sees it: the newest answer to the newest choice. While one is
// measured, only the newest of the others waits.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Complaint } from '../work/complaint.ts';
import { openWorker } from '../work/open-worker.ts';
import type { Ask, Measured } from './live.ts';
import type { Asked, Told } from './worker.ts';
import address from './worker.ts?chunk';

export interface Live {
  readonly measured: Measured | null;
  readonly complaint: Complaint | null;
  readonly isBusy: boolean;
}

export function useMeasured(ask: Ask): Live {
  const [live, show] = useState<Live>({ measured: null, complaint: null, isBusy: true });
  const worker = useRef<Worker | null>(null);
  const waiting = useRef<Ask | null>(null);
  const busy = useRef(false);
  const id = useRef(0);

  const next = (): void => {
    if (busy.current || waiting.current === null) return;
    worker.current ??= openWorker(address, { message: take, failed });
    busy.current = true;
    const asked: Asked = { id: ++id.current, ask: waiting.current, page: document.baseURI };
    waiting.current = null;
    worker.current.postMessage(asked);
  };
  const take = (told: Told): void => {
    busy.current = false;
    const isBusy = waiting.current !== null;
    show((was) =>
      'measured' in told
        ? { measured: told.measured, complaint: null, isBusy }
        : { ...was, complaint: told.failed, isBusy },
    );
    next();
  };
  const failed = (why: string): void => {
    worker.current?.terminate();
    [worker.current, busy.current, waiting.current] = [null, false, null];
    const message = `The worker that measures ended: ${why}`;
    show((was) => ({ ...was, complaint: { message, hint: 'move the slider to try again' }, isBusy: false }));
  };

  const text = JSON.stringify(ask);
  useEffect(() => {
    waiting.current = ask;
    show((was) => ({ ...was, isBusy: true }));
    next();
  }, [text]);
  useEffect(() => () => worker.current?.terminate(), []);
  return live;
}
