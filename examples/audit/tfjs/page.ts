// The cases of the audit in a page of a browser, whose TensorFlow.js is there already.
import { answering } from '../../../src/engines/tfjs/browser/in-page.ts';
import { AUDIT } from './asked.ts';
import type { Asked } from './asked.ts';
import type { Tf } from './case.ts';
import { CASES } from './cases.ts';
import { checkCase } from './check.ts';

answering<Asked>(AUDIT, ({ backend, index }) =>
  checkCase((globalThis as unknown as { readonly tf: Tf }).tf, backend, CASES[index]),
);
