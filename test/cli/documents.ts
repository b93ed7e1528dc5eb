// Reads the documents that the program writes, as other programs would.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { z } from 'zod';
import { reportSchema } from '../../src/report/schema/report.ts';
import type { Outcome } from './program.ts';

type Document = z.infer<typeof reportSchema>;
export type CompareDocument = Extract<Document, { kind: 'compare' }>;
export type GradcheckDocument = Extract<Document, { kind: 'gradcheck' }>;
type BeyondBound = Extract<
  Extract<Document['verdict'], { kind: 'disagree' }>['findings'][number],
  { kind: 'beyond-bound' }
>;

/** Text that is exactly one JSON document, with every field the schema asks for and no other. */
export function parseReport(text: string): Document {
  return reportSchema.parse(JSON.parse(text));
}

export function compareDocument(text: string): CompareDocument {
  const document = parseReport(text);
  if (document.kind !== 'compare') throw new Error(`a compare report expected, ${document.kind} found`);
  return document;
}

export function gradcheckDocument(text: string): GradcheckDocument {
  const document = parseReport(text);
  if (document.kind !== 'gradcheck') throw new Error(`a gradcheck report expected, ${document.kind} found`);
  return document;
}

export function savedReport(folder: string): CompareDocument {
  return compareDocument(readFileSync(join(folder, 'compare.json'), 'utf8'));
}

/** The document that a failing run prints with --json. */
export function errorDocument({ stdout }: Outcome): { kind: string; code: string; message: string; hint: string } {
  return JSON.parse(stdout) as { kind: string; code: string; message: string; hint: string };
}

/** The report without the parts that may differ from run to run. */
export function untimed(text: string): unknown {
  const { timing, ...rest } = parseReport(text);
  expect(timing.startedAt).toMatch(/^\d{4}-/);
  return rest;
}

/** Findings of one check about a number beyond its bound. */
export function beyondBound({ verdict }: Pick<Document, 'verdict'>, check: string): BeyondBound[] {
  if (verdict.kind !== 'disagree') return [];
  return verdict.findings.flatMap((f) => (f.kind === 'beyond-bound' && f.check === check ? [f] : []));
}
