// The schema of the JSON and the types of the checks say the same: what one has, the other has. The compiler holds it (npm run typecheck).
import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { LayerSpec } from '../../src/network/spec.ts';
import type { CompareReport, GradcheckReport } from '../../src/report/report.ts';
import type { reportSchema } from '../../src/report/schema/report.ts';

type Document = z.output<typeof reportSchema>;

/** As it is in JSON: no matter whether something is readonly, or said in one interface or two; the words for NaN and infinities are numbers.
 * A layer is in its short form there: only dense ones are written, and their kind is not. */
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

/** The same type: not only that each is assignable to the other, which a field more or less may leave true. */
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

test('the schema and the types of a report are the same', () => {
  const same: [
    Same<Extract<Document, { kind: 'compare' }>, CompareReport>,
    Same<Extract<Document, { kind: 'gradcheck' }>, GradcheckReport>,
  ] = [true, true];
  expect(same).toEqual([true, true]);
});

test('a field more, less, optional or of another type is not the same', () => {
  const same: [
    Same<GradcheckReport, GradcheckReport & { readonly more: number }>,
    Same<GradcheckReport, Omit<GradcheckReport, 'cases'>>,
    Same<GradcheckReport, Omit<GradcheckReport, 'command'> & { readonly command?: string }>,
    Same<GradcheckReport, Omit<GradcheckReport, 'command'> & { readonly command: 'gradcheck' }>,
  ] = [false, false, false, false];
  expect(same).not.toContain(true);
});
