// The worker of the live questions: measures what the page asks for, in order.
import type { Dataset } from '../../data/dataset.ts';
import { complaintOf } from '../work/complaint.ts';
import type { Complaint } from '../work/complaint.ts';
import { fetchDigits } from '../work/digits.ts';
import { workerScope } from '../work/worker-scope.ts';
import { measured } from './live.ts';
import type { Ask, Measured } from './live.ts';

export type Told = { readonly id: number } & ({ readonly measured: Measured } | { readonly failed: Complaint });
export interface Asked {
  readonly id: number;
  readonly ask: Ask;
  readonly page: string;
}

const self = workerScope<Asked, Told>();

let digits: Promise<Dataset> | null = null;
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data: { id, ask, page } }) => {
  last = last.then(async () => {
    try {
      digits ??= fetchDigits('small', page);
      self.postMessage({ id, measured: await measured(ask, await digits) });
    } catch (error) {
      digits = null;
      self.postMessage({ id, failed: complaintOf(error) });
    }
  });
};
