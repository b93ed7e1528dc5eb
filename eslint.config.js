// Lint: the type-aware recommended set of typescript-eslint, and the few rules this project's own style needs.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'coverage/',
      'results/',
      'docs/api/',
      'src/engines/wasm/assembly/',
      'src/engines/wasm/compiled.ts',
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
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'One seed determines everything: use numeric/rng.' },
      ],
    },
  },
  { files: ['scripts/**', 'examples/**', 'test/**'], rules: { 'no-console': 'off' } },
  // Plain JavaScript about libraries that have no types, installed in a folder of their own.
  { files: ['scripts/bench/peers/**/*.mjs', 'examples/**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['scripts/bench/peers/**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', performance: 'readonly', process: 'readonly' } },
  },
);
