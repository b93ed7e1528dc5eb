// The schema of the JSON and the types of the checks have the same fields. The compiler checks this
// (npm run typecheck).
import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { LayerSpec } from '../../src/network/spec.ts';
import type { CompareReport, GradcheckReport } from '../../src/report/report.ts';
import type { reportSchema } from '../../src/report/schema/report.ts';

type Document = z.output<typeof reportSchema>;

/**
 * A type as it is in JSON: without readonly, with interfaces merged, and with the words for NaN and
 * infinities as numbers. Layers are in short form: only dense ones are written, without their kind.
 */
type Plain<T> = T extends 'NaN' | 'Infinity' | '-Infinity'
  ? number
  : T extends readonly (infer Part)[]
    ? Plain<Part>[]
    : T extends object
      ? {
          -readonly [Key in keyof T as T extends LayerSpec ? Exclude<Key, 'kind'> : Key]: Plain<
            Exclude<T[Key], undefined>
          >;
        }
      : T;

/** The same type. Mutual assignability is not enough: it may hold although a field is missing. */
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

test('the schema and the types of a report are the same', () => {
  const same: [
    Same<Extract<Document, { kind: 'compare' }>, CompareReport>,
    Same<Extract<Document, { kind: 'gradcheck' }>, GradcheckReport>,
  ] = [true, true];
  expect(same).toEqual([true, true]);
});

test('a type with a field added, missing, optional or of another type is not the same', () => {
  const same: [
    Same<GradcheckReport, GradcheckReport & { readonly more: number }>,
    Same<GradcheckReport, Omit<GradcheckReport, 'cases'>>,
    Same<GradcheckReport, Omit<GradcheckReport, 'command'> & { readonly command?: string }>,
    Same<GradcheckReport, Omit<GradcheckReport, 'command'> & { readonly command: 'gradcheck' }>,
  ] = [false, false, false, false];
  expect(same).not.toContain(true);
});
