// The verifier of a job that is submitted: what it judges by is found here, once, and kept with the job.

import { ConfigError } from "../config/errors.ts";
import { dotted, pointer, SECTION } from "../config/path.ts";
import type { ConfigReading } from "../config/read.ts";
import { type VerifierSheet, verifierPlace, verifierSheet } from "../config/verifier-sheet.ts";
import type { Env } from "../durable/env.ts";
import type { JobVerifier } from "../durable/judging.ts";
import { tenantObject } from "../durable/rpc.ts";
import { verifierReference } from "../durable/verifier-store.ts";
import { type TaskInfoQuestion, taskAppRubric } from "../rollouts/task-info.ts";
import { readDefinition, readTaskAppRubric, specificationGraph } from "../rollouts/verifier/definition.ts";

/** What a verifier is looked for in. */
export interface VerifierSources {
  tenant: string;
  env: Env;
  taskApp: TaskInfoQuestion;
  /** The example whose rubric is asked for. */
  seed: number;
}

/**
 * The verifier of a job, with all that it judges by: the registered one that the config names, else the task app's own rubric,
 * else the specification. Undefined for a job without one. @throws ConfigError where there is none to be had
 */
export async function jobVerifier(
  reading: ConfigReading,
  sources: VerifierSources,
): Promise<JobVerifier | undefined> {
  const sheet = verifierSheet(reading.config);
  if (sheet === undefined) return undefined;
  const found =
    sheet.id === "" ? await unnamed(reading, sheet, sources) : await registered(reading, sheet, sources);
  const { event, outcome } = found.graph.outputs;
  const wanted = {
    event: sheet.wanted.event && event !== undefined,
    outcome: sheet.wanted.outcome && outcome !== undefined,
  };
  if (!wanted.event && !wanted.outcome) {
    const has = outcome === undefined ? "only the steps" : "only the outcome";
    throw refusal(
      reading,
      "synth_verifier_id",
      `must not be ${found.source}: it scores ${has}, which is switched off`,
    );
  }
  checkWeights(reading, sheet, wanted, found.source);
  return { sheet: { ...sheet, wanted }, ...found };
}

type Found = Pick<JobVerifier, "graph" | "source">;

async function registered(
  reading: ConfigReading,
  sheet: VerifierSheet,
  { tenant, env }: VerifierSources,
): Promise<Found> {
  const reference = verifierReference(sheet.id);
  const view = reference && (await tenantObject(env, tenant).verifier(reference.name, reference.version));
  if (!view) {
    const says = `names no registered verifier, found ${JSON.stringify(sheet.id)}: register it with POST /api/verifiers`;
    throw refusal(reading, "synth_verifier_id", says);
  }
  const { name, rubric, graph } = view;
  const definition = readDefinition({ name, ...(rubric ? { rubric } : {}), ...(graph ? { graph } : {}) });
  // It was valid when it was registered; only a release that asks for more can refuse it now.
  if (definition.kind === "invalid") {
    throw refusal(
      reading,
      "synth_verifier_id",
      `names ${view.id}, which this release refuses: register it anew`,
    );
  }
  return { graph: definition.graph, source: view.id };
}

async function unnamed(
  reading: ConfigReading,
  sheet: VerifierSheet,
  { taskApp, seed }: VerifierSources,
): Promise<Found> {
  const told = await taskAppRubric(seed, taskApp);
  const own = told.kind === "told" ? readTaskAppRubric(told.value) : undefined;
  if (own?.kind === "invalid") {
    const [first] = own.findings;
    const says = `is missing, and the task app's own rubric cannot be used: ${dotted(first?.path ?? [])} ${first?.says}`;
    throw refusal(reading, "synth_verifier_id", says);
  }
  if (own) return { graph: own.graph, source: "task_app" };
  if (sheet.spec !== "") return { graph: specificationGraph(), source: "specification" };
  const why = told.kind === "untold" ? ` (${told.message})` : "";
  const says = `is missing: the verifier needs a rubric. Name a registered one, or let the task app's /task_info have a rubric${why}, or give spec_path or spec_context`;
  throw refusal(reading, "synth_verifier_id", says);
}

/** A reward must come of scores that this verifier gives. */
function checkWeights(
  reading: ConfigReading,
  sheet: VerifierSheet,
  wanted: VerifierSheet["wanted"],
  source: string,
): void {
  const { reward_source, weight_event, weight_outcome } = sheet;
  const given = weight_event + weight_outcome;
  const left = (wanted.event ? weight_event : 0) + (wanted.outcome ? weight_outcome : 0);
  if (reward_source === "task_app" || given === 0 || left > 0) return;
  const says = `is "${reward_source}", but ${source} gives none of the scores that have a weight`;
  throw refusal(reading, "reward_source", says);
}

function refusal(reading: ConfigReading, option: string, says: string): ConfigError {
  const place = verifierPlace(reading.config)?.path ?? ["verifier"];
  const path = [SECTION, ...place, option];
  const name = dotted(path);
  const issue = { pointer: pointer(path), path: name, message: `${name} ${says}`, ...reading.place(name) };
  return new ConfigError([issue], reading.warnings);
}
