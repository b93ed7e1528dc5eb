// The worker of drawn digits, as a component sees it: what it said last, and how to ask it. Of
// pictures that come while it is busy, only the newest is asked.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Parameters } from '../../network/parameters.ts';
import type { Choices } from '../train/choices.ts';
import type { Complaint } from '../work/complaint.ts';
import { openWorker } from '../work/open-worker.ts';
import type { Answer, Ask, Picture, Told } from './protocol.ts';
import address from './worker.ts?chunk';

type NetworkTold = Extract<Told, { kind: 'network' }>;

export interface Heard {
  readonly training: number | null;
  readonly network: NetworkTold | null;
  readonly reference: 'loading' | 'ready' | { readonly missing: string };
  readonly answer: Answer | null;
  /** Why there is no answer to the newest picture. */
  readonly noDigit: string | null;
  readonly complaint: Complaint | null;
}

const SILENT: Heard = {
  training: null,
  network: null,
  reference: 'loading',
  answer: null,
  noDigit: null,
  complaint: null,
};

export interface Reader {
  readonly heard: Heard;
  readonly use: (choices: Choices, parameters: Parameters | null) => void;
  readonly ask: (picture: Picture) => void;
  /** Forgets the picture and its answer. */
  readonly forget: () => void;
}

export function useReader(): Reader {
  const [heard, hear] = useState(SILENT);
  const worker = useRef<Worker | null>(null);
  const newest = useRef<Picture | null>(null);
  const id = useRef(0);
  const isBusy = useRef(false);
  const isReady = useRef(false);

  const send = useCallback((ask: Ask): void => {
    worker.current ??= openWorker<Told>(address, {
      message: (told) => take(told),
      failed: (why) => {
        end();
        const message = `The worker that reads digits ended: ${why}`;
        hear({ ...SILENT, complaint: { message, hint: 'reload the page to try again' } });
      },
    });
    worker.current.postMessage(ask);
  }, []);

  const next = useCallback((): void => {
    if (isBusy.current || !isReady.current || newest.current === null) return;
    isBusy.current = true;
    send({ kind: 'picture', id: ++id.current, picture: newest.current });
    newest.current = null;
  }, [send]);

  const take = (told: Told): void => {
    if (told.kind === 'answer' || told.kind === 'no digit') {
      isBusy.current = false;
      // of a picture that was forgotten, nothing is shown
      if (told.id === id.current)
        hear((was) => ({
          ...was,
          answer: told.kind === 'answer' ? told : was.answer,
          noDigit: told.kind === 'no digit' ? told.why : null,
        }));
      next();
      return;
    }
    if (told.kind === 'network') isReady.current = true;
    if (told.kind === 'failed') isBusy.current = false;
    hear((was) => {
      switch (told.kind) {
        case 'training':
          return { ...was, training: told.share };
        case 'network':
          return { ...was, training: null, network: told, reference: 'loading' };
        case 'reference':
          return { ...was, reference: told.missing === null ? 'ready' : { missing: told.missing } };
        case 'failed':
          return { ...was, training: null, complaint: { message: told.message, hint: told.hint } };
      }
    });
    if (told.kind === 'network') next();
  };

  const end = (): void => {
    worker.current?.terminate();
    worker.current = null;
    [isBusy.current, isReady.current] = [false, false];
  };
  useEffect(() => end, []);

  const use = useCallback(
    (choices: Choices, parameters: Parameters | null): void => {
      isReady.current = false;
      hear((was) => ({ ...was, network: null, training: null, complaint: null }));
      send({ kind: 'network', choices, parameters, page: document.baseURI });
    },
    [send],
  );
  const ask = useCallback(
    (picture: Picture): void => {
      newest.current = picture;
      next();
    },
    [next],
  );
  const forget = useCallback((): void => {
    newest.current = null;
    id.current++; // an answer that is on its way is of no use
    hear((was) => ({ ...was, answer: null, noDigit: null }));
  }, []);
  return { heard, use, ask, forget };
}
