// The training of the page, for a component that is drawn anew whenever it says something.
import { useEffect, useState } from 'preact/hooks';
import { training } from './training.ts';
import type { Shown } from './training.ts';

export function useTraining(): Shown {
  const [shown, show] = useState(training.shown);
  useEffect(() => {
    const follow = (): void => show(training.shown);
    follow(); // it may have said something since
    return training.subscribe(follow);
  }, []);
  return shown;
}
