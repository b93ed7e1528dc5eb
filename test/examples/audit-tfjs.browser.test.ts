// The audit of TensorFlow.js in pages: a kernel of webgpu that is wrong, and a rough sine that is
// no wrong gradient.
import { afterAll, describe, expect, test } from 'vitest';
import { auditTfjs } from '../../examples/audit/tfjs/audit-tfjs.ts';
import { endBrowsers } from '../../src/engines/tfjs/browser/open-browsers.ts';
import { BROWSER, NO_BROWSER } from '../browser.ts';

afterAll(endBrowsers);

describe.skipIf(BROWSER === null)(NO_BROWSER === null ? 'in a page' : `in a page (not tried: ${NO_BROWSER})`, () => {
  test('sums backwards of two lengths are wrong on webgpu, of one length right', async () => {
    const { found, devices } = await auditTfjs(() => {}, 'Cumsum', ['webgpu']);
    const of = (what: string): unknown => found.find((one) => one.what === what);
    expect(of('of 3 and of 6')).toMatchObject({ verdict: 'wrong', isConfirmed: true, backend: 'webgpu' });
    expect(of('axis 1')).toMatchObject({ verdict: 'right' });
    expect(devices).toEqual({ webgpu: expect.stringMatching(/^in Chromium \d+\.\S+ on \w/) as string });
  });

  test('a sine is right on webgl, or inexact', async () => {
    const { found } = await auditTfjs(() => {}, 'Sin', ['webgl']);
    expect(found).toHaveLength(3);
    for (const { verdict } of found) expect(['right', 'inexact']).toContain(verdict); // hardware is more exact
  });
});
