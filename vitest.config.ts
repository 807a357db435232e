import { defineConfig } from 'vitest/config';

// The tests of crivet itself. The specs in suites/ do not run from here: `crivet run` embeds vitest for them
// (src/runner/), with a configuration of its own.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          // Each file launches a runtime of its own; one at a time keeps the times (and the host's census) honest.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
