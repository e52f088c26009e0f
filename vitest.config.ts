import { defineConfig } from 'vitest/config';

// contract/ and interop/ open real sockets, so each file gets a process of its own; everything else is virtual and shares one.
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/contract/**', 'test/interop/**', 'test/soak/**'],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: { name: 'real', include: ['test/contract/**/*.test.ts', 'test/interop/**/*.test.ts'], testTimeout: 60_000 },
      },
      ...(process.env.SOAK === undefined
        ? []
        : [
            {
              extends: true as const,
              // What must not grow is measured after a collection.
              test: { name: 'soak', include: ['test/soak/**/*.test.ts'], testTimeout: 3_600_000, execArgv: ['--expose-gc'] },
            },
          ]),
    ],
  },
});
