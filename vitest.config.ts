import { defineConfig } from 'vitest/config';
import { V8_FLAGS } from './scripts/v8-flags.mjs';

/** What runs in production is what is tested. */
const execArgv = [...V8_FLAGS];

/** Beside what they test, except what spans rooms. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          execArgv,
          // The simulation is in virtual time: it waits for nothing.
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/simulation/**/*.test.ts'],
          exclude: ['src/**/*.contract.test.ts'],
        },
      },
      {
        // Real servers, which take their time to start on a busy machine.
        test: {
          name: 'contract',
          execArgv,
          include: ['src/**/*.contract.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Whole calls in real time: one file at a time, after everything else, for audio needs a core to itself.
        test: {
          name: 'e2e',
          execArgv,
          include: ['test/**/*.test.ts'],
          exclude: ['test/simulation/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
