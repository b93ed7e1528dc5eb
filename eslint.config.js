// Lint: the type-aware recommended set of typescript-eslint, and the few rules this project's own style needs.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const NO_CHANCE = {
  object: 'Math',
  property: 'random',
  message: 'One seed determines everything: use numeric/rng.',
};

// What ECMAScript leaves to the implementation, or to the machine's settings: other bits, or another order, in another runtime.
const NO_FIXED_BITS = [
  ...['exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'],
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'cbrt', 'pow', 'hypot'],
].map((property) => ({
  object: 'Math',
  property,
  message: 'Its bits differ from runtime to runtime: use numeric/elementary.',
}));
const NOT_THE_SAME_EVERYWHERE = [
  {
    selector:
      ':matches(BinaryExpression[operator="**"], AssignmentExpression[operator="**="]):not([left.value=2]:matches([right.type="Literal"], [right.argument.type="Literal"]))',
    message: 'Its bits are not fixed: use square or power of numeric/elementary. Constants 2 ** n are exact.',
  },
  {
    selector: 'MemberExpression[property.name=/^(toLocale|localeCompare|toDateString|toTimeString|getTimezoneOffset)/]',
    message: 'It depends on the locale or the time zone of the machine.',
  },
  {
    selector:
      'MemberExpression[property.name=/^(get|set)(Date|Day|FullYear|Hours|Milliseconds|Minutes|Month|Seconds)$/]',
    message: 'It depends on the time zone of the machine: use the UTC method or toISOString.',
  },
  { selector: 'Identifier[name="Intl"]', message: 'It depends on the data of the runtime.' },
];

/** As one object, zod is bundled with all its languages: half a megabyte to read at every start. */
const WHOLE_ZOD = {
  selector: 'ImportDeclaration[source.value="zod"] > ImportSpecifier',
  message: "Write import * as z from 'zod'.",
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-playground/',
      'coverage/',
      'results/',
      'docs/api/',
      'src/engines/wasm/assembly/',
      'src/numeric/kernels/assembly/',
      '**/compiled.ts',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/unbound-method': 'off', // tables of functions are plain objects, nothing here uses `this` unbound
      '@typescript-eslint/require-await': 'off', // an Engine is asynchronous whether or not this one has to wait
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-properties': ['error', NO_CHANCE],
    },
  },
  {
    // Not what is drawn on pages, and not the template, which is a user's own program.
    files: ['src/**'],
    ignores: ['src/report/html/client/**', 'src/playground/**', 'src/cli/template/**'],
    rules: {
      'no-restricted-properties': ['error', NO_CHANCE, ...NO_FIXED_BITS],
      'no-restricted-syntax': ['error', ...NOT_THE_SAME_EVERYWHERE, WHOLE_ZOD],
    },
  },
  { files: ['src/numeric/elementary.ts'], rules: { 'no-restricted-properties': ['error', NO_CHANCE] } },
  { files: ['scripts/**', 'examples/**', 'test/**'], rules: { 'no-console': 'off' } },
  // Plain JavaScript about libraries that have no types, installed in a folder of their own; and
  // what starts the program.
  {
    files: ['scripts/run.mjs', 'scripts/bench/peers/**/*.mjs', 'scripts/bench/verdict/*.mjs', 'examples/**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
  {
    files: ['scripts/run.mjs', 'scripts/bench/peers/**/*.mjs', 'scripts/bench/verdict/*.mjs'],
    languageOptions: {
      globals: { URL: 'readonly', console: 'readonly', performance: 'readonly', process: 'readonly' },
    },
  },
);
