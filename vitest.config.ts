import { defineConfig } from 'vitest/config';

/** Beside what they test, except what spans rooms. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // The simulation is in virtual time: it waits for nothing.
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/simulation/**/*.test.ts'],
          exclude: ['src/**/*.contract.test.ts'],
        },
      },
      {
        // Real servers, which take their time to start on a busy machine.
        test: {
          name: 'contract',
          include: ['src/**/*.contract.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Whole calls in real time: one file at a time, after everything else, for audio needs a core to itself.
        test: {
          name: 'e2e',
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
