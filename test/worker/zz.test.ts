import { test } from "vitest";
import { ended, submit } from "./api.ts";
import { World } from "./world.ts";

test("t", async () => {
  new World().install();
  for (let i = 0; i < 4; i++) {
    const t0 = Date.now();
    const { job_id } = await submit({ "gepa.rollout.max_concurrent": 20 });
    const t1 = Date.now();
    const j = await ended(job_id);
    console.log(
      i,
      "submit",
      t1 - t0,
      "all",
      Date.now() - t0,
      j.created_at,
      j.started_at,
      j.finished_at,
      j.progress.rollouts_completed,
    );
  }
});
