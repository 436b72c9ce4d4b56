// For tests of the SDK: servers that close after each test, and a host whose time only passes while somebody sleeps.

import { afterEach } from "vitest";
import { API_KEY, type FakeScript, type FakeService, startFakeService } from "./fake-service.ts";

/** What to undo after the test. */
export const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

/** A fake service that closes after the test. */
export async function start(script: FakeScript): Promise<FakeService> {
  const service = await startFakeService(script);
  cleanups.push(service.close);
  return service;
}

/** A host whose time only passes while somebody sleeps. */
function fakeTime() {
  let now = 0;
  const slept: number[] = [];
  const transport = {
    now: () => now,
    random: () => 1,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
      // Lets the sockets speak, so that a test's server is not starved.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return { slept, transport };
}

/** Options for a client of the service, and the waits it made, in milliseconds. */
export function optionsFor(service: FakeService) {
  const time = fakeTime();
  return {
    slept: time.slept,
    options: { backendUrl: service.url, apiKey: API_KEY, env: {}, transport: time.transport },
  };
}
