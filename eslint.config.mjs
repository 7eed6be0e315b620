import { defineConfig } from 'eslint/config';
import { parser, plugin } from 'typescript-eslint';

/** Only rules that Biome lacks: those that need types, and one that keeps the pure cores pure. */
export default defineConfig(
  {
    files: ['**/*.ts'],
    languageOptions: { parser, parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    // What they import is checked by dependency-cruiser; these need no import.
    files: [
      'src/call/turn-taking.ts',
      'src/campaigns/{attempt,estimate,pace,retries,windows}.ts',
      'src/flows/{interpreter,step}.ts',
      'src/flows/{nodes,entities}/*.ts',
    ],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['console', 'crypto', 'fetch', 'performance', 'process', 'queueMicrotask'],
        ...['setImmediate', 'setInterval', 'setTimeout'],
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'AwaitExpression', message: 'A pure core awaits nothing.' },
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'A pure core reads no clock.',
        },
        {
          selector: 'MemberExpression[object.name="Date"][property.name="now"]',
          message: 'A pure core reads no clock.',
        },
        {
          selector: 'MemberExpression[object.name="Math"][property.name="random"]',
          message: 'A pure core throws no dice.',
        },
      ],
    },
  },
);
