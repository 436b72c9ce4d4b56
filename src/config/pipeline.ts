// Checks of pipelines (protocol §1.10, §1.11): the prompt's modules are covered, names are unique, edges lead somewhere
// and not in circles.

import { readFewShots } from "./few-shots.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { GEPAConfig } from "./gepa.ts";
import type { MIPROConfig } from "./mipro.ts";
import type { Path } from "./path.ts";
import { type PipelineModule, type PromptPatternConfig, pipelineName } from "./prompt.ts";
import { counted, quoted } from "./words.ts";

const PIPELINE = ["initial_prompt", "metadata", "pipeline_modules"];
const MAX_NAMED = 5;

interface Module {
  module_id: string;
}

/** GEPA: the modules cover the prompt's pipeline; each is named once and has distinct tools. */
export function checkGepaPipeline(prompt: PromptPatternConfig, modules: GEPAConfig["modules"]): Finding[] {
  const path = ["gepa", "modules"];
  const names = pipelineNames(prompt);
  if (names.length > 0 && (modules ?? []).length === 0) {
    const says = `is missing: ${PIPELINE.join(".")} names ${counted(names.length, "module")}, and each needs an entry: ${listed(names)}`;
    return [fault(path, says)];
  }
  return [
    ...twice(PIPELINE, names, "module"),
    ...textFindings(prompt),
    ...unusedModules(names, modules ?? []),
    ...uncovered(
      path,
      names,
      (modules ?? []).map(({ module_id }) => [module_id]),
    ),
    ...uniqueIds(path, modules ?? [], "module_id"),
    ...(modules ?? []).flatMap((module, i) =>
      toolFindings([...path, i, "allowed_tools"], module.allowed_tools),
    ),
  ];
}

/** MIPRO: the same, and what each stage may choose from is within the job's limits; edges are sound. */
export function checkMiproPipeline(prompt: PromptPatternConfig, mipro: MIPROConfig): Finding[] {
  const path = ["mipro", "modules"];
  const modules = mipro.modules ?? [];
  const names = pipelineNames(prompt);
  const covered = modules.map(({ module_id, stages }) => [
    module_id,
    ...stages.map((stage) => stage.stage_id),
  ]);
  return [
    ...twice(PIPELINE, names, "module"),
    ...(modules.length === 0 ? [] : uncovered(path, names, covered)),
    ...uniqueIds(path, modules, "module_id"),
    ...uniqueStages(path, modules),
    ...slotFindings(path, mipro),
    ...edgeFindings(path, modules),
  ];
}

/** Every module needs a text of its own, or its calls could not be told from those of others. */
function textFindings(prompt: PromptPatternConfig): Finding[] {
  const entries = prompt.metadata?.pipeline_modules ?? [];
  const owners = new Map<string, string>();
  const bare = new Set<string>();
  const findings: Finding[] = [];
  for (const [i, entry] of entries.entries()) {
    const name = pipelineName(entry) ?? "";
    const text = typeof entry === "string" ? undefined : promptOfEntry(entry);
    const twin = text === undefined ? undefined : owners.get(text);
    if (twin !== undefined) {
      const says = `has the same text as ${quoted(twin)}: their calls could not be told apart`;
      findings.push(fault([...PIPELINE, i], says));
    }
    if (text === undefined) bare.add(name);
    else owners.set(text, twin ?? name);
    findings.push(...fewShotFindings(entry, i));
  }
  if (bare.size < 2) return findings;
  const says = `has ${bare.size} modules without instruction_text or messages, and only one may do without, which then has the prompt's own messages: ${listed([...bare])}`;
  return [fault(PIPELINE, says), ...findings];
}

function promptOfEntry({ instruction_text, messages }: Exclude<PipelineModule, string>): string | undefined {
  if (instruction_text === undefined && messages === undefined) return undefined;
  return JSON.stringify([
    instruction_text ?? "",
    (messages ?? []).map(({ role, pattern }) => [role, pattern]),
  ]);
}

function fewShotFindings(entry: PipelineModule, i: number): Finding[] {
  if (typeof entry === "string") return [];
  return readFewShots(entry.few_shots ?? []).unread.map((k) =>
    fault([...PIPELINE, i, "few_shots", k], "must be a table with the texts input and output"),
  );
}

/** Modules that the pipeline does not have. Without a pipeline, one module may stand for the whole prompt. */
function unusedModules(names: readonly string[], modules: readonly Module[]): Finding[] {
  if (names.length === 0 && modules.length < 2) return [];
  const known = new Set(names);
  return modules.flatMap(({ module_id }, i) =>
    known.has(module_id)
      ? []
      : [
          remark(
            ["gepa", "modules", i],
            `has no effect: ${PIPELINE.join(".")} names no ${quoted(module_id)}`,
          ),
        ],
  );
}

function pipelineNames(prompt: PromptPatternConfig): string[] {
  return (prompt.metadata?.pipeline_modules ?? []).flatMap((module) => pipelineName(module) ?? []);
}

function uncovered(path: Path, names: readonly string[], known: readonly string[][]): Finding[] {
  const all = new Set(known.flat());
  const missing = [...new Set(names)].filter((name) => !all.has(name));
  if (missing.length === 0) return [];
  return [fault(path, `does not cover ${PIPELINE.join(".")}: ${listed(missing)} has no entry`)];
}

function uniqueIds(path: Path, modules: readonly Module[], key: "module_id"): Finding[] {
  const seen = new Set<string>();
  return modules.flatMap((module, i) => {
    const isNew = !seen.has(module[key]);
    seen.add(module[key]);
    return isNew ? [] : [fault([...path, i, key], `is given more than once: ${quoted(module[key])}`)];
  });
}

function uniqueStages(path: Path, modules: NonNullable<MIPROConfig["modules"]>): Finding[] {
  const seen = new Set<string>();
  return modules.flatMap(({ stages }, i) =>
    stages.flatMap(({ stage_id }, j) => {
      const isNew = !seen.has(stage_id);
      seen.add(stage_id);
      const says = `is given more than once: ${quoted(stage_id)}`;
      return isNew ? [] : [fault([...path, i, "stages", j, "stage_id"], says)];
    }),
  );
}

function slotFindings(path: Path, { modules, max_instruction_sets, max_demo_sets }: MIPROConfig): Finding[] {
  const over = (place: Path, value: number | undefined, limit: number, least: number, name: string) =>
    value === undefined || value <= limit
      ? []
      : [fault(place, `must be a whole number from ${least} to ${name} (${limit}), found ${value}`)];
  return (modules ?? []).flatMap(({ stages }, i) =>
    stages.flatMap((stage, j) => {
      const at = [...path, i, "stages", j];
      return [
        ...over(
          [...at, "max_instruction_slots"],
          stage.max_instruction_slots,
          max_instruction_sets,
          1,
          "max_instruction_sets",
        ),
        ...over([...at, "max_demo_slots"], stage.max_demo_slots, max_demo_sets, 0, "max_demo_sets"),
      ];
    }),
  );
}

function edgeFindings(path: Path, modules: NonNullable<MIPROConfig["modules"]>): Finding[] {
  const stages = new Set(modules.flatMap((module) => module.stages.map((stage) => stage.stage_id)));
  const findings = modules.flatMap(({ edges }, i) =>
    edges.flatMap((edge, j) =>
      edge
        .filter((stage) => !stages.has(stage))
        .map((stage) =>
          fault([...path, i, "edges", j], `names a stage that does not exist: ${quoted(stage)}`),
        ),
    ),
  );
  if (findings.length > 0) return findings;
  const circle = circleIn(modules.flatMap(({ edges }) => edges));
  if (circle.length === 0) return [];
  const inCircle = new Set(circle);
  const i = modules.findIndex(({ edges }) => edges.some(([from]) => inCircle.has(from)));
  return [fault([...path, i, "edges"], `leads in a circle: ${listed(circle)}`)];
}

/** The nodes that remain when those without an incoming edge are taken away, again and again; none without a circle. */
function circleIn(edges: readonly (readonly [string, string])[]): string[] {
  const next = new Map<string, string[]>();
  const incoming = new Map<string, number>();
  for (const [from, to] of edges) {
    const others = next.get(from);
    if (others === undefined) next.set(from, [to]);
    else others.push(to);
    incoming.set(from, incoming.get(from) ?? 0);
    incoming.set(to, (incoming.get(to) ?? 0) + 1);
  }
  const free = [...incoming].filter(([, count]) => count === 0).map(([node]) => node);
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    incoming.delete(node);
    for (const to of next.get(node) ?? []) {
      const count = (incoming.get(to) ?? 0) - 1;
      incoming.set(to, count);
      if (count === 0) free.push(to);
    }
  }
  return [...incoming.keys()];
}

function toolFindings(path: Path, tools: readonly string[] | undefined): Finding[] {
  return twice(path, tools ?? [], "tool");
}

function twice(path: Path, names: readonly string[], noun: string): Finding[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const name of names) (seen.has(name) ? repeated : seen).add(name);
  return repeated.size === 0 ? [] : [fault(path, `names a ${noun} more than once: ${listed([...repeated])}`)];
}

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_NAMED;
  const shown = names.slice(0, MAX_NAMED).map((name) => quoted(name));
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
