// What was found in jax-js.
import type { Finding } from './finding.ts';

const FILE = 'dist/index.js';

export const JAX_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: '@jax-js/jax', of: ['jax softmax: imprecise', 'jax squared: imprecise'], kind: 'arithmetic' },
    title: 'log has five right digits on the WebAssembly backend',
    sentences:
      'The series for log ends after t⁷, which leaves an error of up to 2 (1/3)⁹ / 9 = 1.1·10⁻⁵, some two hundred roundings of binary32. The cross-entropy loss and everything after a softplus are off by that much; the derivatives themselves are right.',
    source: [{ file: 'dist/backend-CnjgxpXq.js', line: 3179, text: '2 / 7' }],
  },
  {
    ...{ packageName: '@jax-js/jax', of: ['jax gelu: own loss'], kind: 'on purpose' },
    title: "gelu defaults to the approximation with tanh, as in Google's JAX",
    sentences:
      'It differs from the definition with erf by up to 5·10⁻⁴, and its gradient is the slope of that approximation. With approximate: false it uses the definition, and agrees.',
    source: [{ file: FILE, line: 9312, text: 'if (opts?.approximate ?? true) {' }],
  },
  {
    ...{ packageName: '@jax-js/jax', of: ['jax far: not finite'], kind: 'arithmetic' },
    title: 'gradients of large scores are NaN',
    sentences:
      'If the exponential of the score is outside the range of binary32 (from about 88 on; for sigmoid and swish at -88), the chain rule through these formulas multiplies 0 by Infinity. Custom derivatives, as in Google’s JAX, would be finite.',
    source: [
      { file: FILE, line: 9183, text: 'return reciprocal(exp(negative(x)).add(1));' },
      { file: FILE, line: 9192, text: 'return log(exp(x).add(1));' },
      { file: FILE, line: 9235, text: 'return x.ref.mul(sigmoid(x));' },
      { file: FILE, line: 9275, text: 'return where(less(x.ref, 0), exp(x.ref).sub(1).mul(alpha), x);' },
      {
        file: FILE,
        line: 9297,
        text: 'return where(x.ref.less(0), expm1(x.ref).mul(1.6732632423543772), x).mul(1.0507009873554805);',
      },
    ],
  },
];
