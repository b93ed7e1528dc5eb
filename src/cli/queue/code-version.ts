// The version that both sides of a queue must have. A checkout may be at any change, so its sources
// count too.
import { fileURLToPath } from 'node:url';
import { fingerprintOf } from '../../data/files/fingerprint.ts';
import { VERSION } from '../../report/version.ts';
import { FROM_SOURCE } from '../environment.ts';

/** "0.1.0", in a checkout "0.1.0+3f2a9c0d41b7". */
export function codeVersion(): string {
  if (!FROM_SOURCE) return VERSION;
  const folder = fileURLToPath(new URL('../../', import.meta.url)); // src, or the bundle made of it
  return `${VERSION}+${fingerprintOf(folder, (name) => /\.(ts|js)$/.test(name))}`;
}
