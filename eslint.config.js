import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Data flows one way: client -> fixtures and kit -> suites -> runner -> reports -> cli. */
const forbid = (...groups) => ({ 'no-restricted-imports': ['error', { patterns: groups }] });
const upper = (names) => ({
  group: names.map((name) => `**/${name}/**`),
  message: 'imports go one way: see ARCHITECTURE.md',
});

export default defineConfig(
  { ignores: ['dist/', 'dist-*/', 'node_modules/', 'reports/', 'src/client/generated/', 'coverage/'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/client/**'],
    rules: forbid(upper(['fixtures', 'kit', 'suites', 'runner', 'reports', 'launch', 'faults', 'prove', 'cli'])),
  },
  {
    files: ['fixtures/**'],
    rules: forbid(upper(['kit', 'suites', 'runner', 'reports', 'launch', 'faults', 'prove', 'cli'])),
  },
  { files: ['src/kit/**'], rules: forbid(upper(['suites', 'runner', 'reports', 'launch', 'faults', 'prove', 'cli'])) },
  {
    files: ['suites/**'],
    rules: {
      ...forbid(upper(['runner', 'reports', 'launch', 'faults', 'prove', 'cli']), {
        group: ['@grpc/grpc-js', 'protobufjs', 'vitest', 'ws'],
        message: 'a spec speaks to the runtime through its context only',
      }),
      'max-lines-per-function': 'off',
    },
  },
  { files: ['src/reports/**'], rules: forbid(upper(['suites', 'runner', 'launch', 'faults', 'prove', 'cli'])) },
  { files: ['src/launch/**'], rules: forbid(upper(['suites', 'runner', 'reports', 'faults', 'prove', 'cli', 'kit'])) },
  {
    files: ['src/faults/**'],
    rules: forbid(upper(['fixtures', 'kit', 'suites', 'runner', 'reports', 'launch', 'prove', 'cli'])),
  },
  { files: ['src/prove/**'], rules: forbid(upper(['launch', 'cli'])) },
  { files: ['tests/**', 'bench/**'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
