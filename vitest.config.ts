import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/** What the operator of the tests' deployment has configured; the hosts are played by test/worker/world.ts. */
const DEPLOYMENT = {
  API_KEYS: "alpha:key-a, beta:key-b",
  OPENAI_API_KEY: "operator-key",
  OPENAI_BASE_URL: "https://models.example.com/v1",
  // Else every job that has ended would have an alarm.
  TRACE_DAYS: "never",
  DATA_KEY: "0123456789abcdef0123456789abcdef",
  TASK_APP_NAMED_KEY: "task-app-key",
  TASK_APP_URL: "https://task.example.com/app",
  EXTRA_MODELS: "google:gemini-test-*",
};

export default defineConfig({
  test: {
    // Most of the time of the longest files is spent waiting for servers: two at a time, also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          environment: "node",
          testTimeout: 30_000,
          // No unit test leaves anything behind, and a process a file takes longer than most files.
          isolate: false,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: DEPLOYMENT },
          }),
        ],
        test: { name: "worker", include: ["test/worker/**/*.test.ts"], testTimeout: 120_000 },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          testTimeout: 480_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
