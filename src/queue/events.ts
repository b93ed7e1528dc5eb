// What happens around a queue, as data; words.ts has the lines for it.

/** What the process that asks notices. */
export type AskerEvent =
  | { readonly event: 'resumed'; readonly done: number; readonly of: number; readonly file: string }
  | { readonly event: 'held'; readonly host: string; readonly pid: number }
  | { readonly event: 'nobody'; readonly candidate: boolean }
  | { readonly event: 'joined' | 'left'; readonly worker: string; readonly processes: number; readonly seeds: number }
  | { readonly event: 'other-worker'; readonly worker: string; readonly why: Mismatch }
  | { readonly event: 'lost' | 'back'; readonly server: string }
  | { readonly event: 'again'; readonly from: number };

/** What a worker notices. */
export type WorkerEvent =
  | {
      readonly event: 'ready';
      readonly worker: string;
      readonly queue: string;
      readonly server: string;
      readonly processes: number;
      readonly metrics: string | null;
    }
  | {
      readonly event: 'done';
      readonly kind: string;
      readonly from: number;
      readonly count: number;
      readonly milliseconds: number;
    }
  | { readonly event: 'failed'; readonly from: number; readonly count: number; readonly message: string }
  | { readonly event: 'given-back'; readonly from: number; readonly count: number }
  | { readonly event: 'other-run'; readonly kind: string; readonly asker: string; readonly why: Mismatch }
  | { readonly event: 'lost' | 'back'; readonly server: string }
  | { readonly event: 'stopped'; readonly seeds: number };

/** Why a worker gets none of the work: what it has, and what is asked for. */
export interface Mismatch {
  readonly what: 'version' | 'candidate';
  readonly worker: string;
  readonly asked: string;
}
