// Which events deserve a line of their own, and how it reads. Everything else only moves the progress line.

import { isTerminalEvent, type JobEvent } from "../client/index.ts";
import { countIn, numberIn, textIn } from "./fields.ts";
import { change, oneLine, plural, reward } from "./text.ts";

/** A line to show. */
export interface Note {
  text: string;
  tone: "plain" | "good" | "warning" | "bad";
}

/** The line for an event; undefined when it is not notable. The end of the job has its own summary. */
export function noteOf(event: JobEvent): Note | undefined {
  const text = textOf(event);
  if (text !== undefined)
    return { text: oneLine(text), tone: event.type.endsWith(".new_best") ? "good" : "plain" };
  if (event.level === "info" || isTerminalEvent(event.type)) return undefined;
  return { text: oneLine(event.message || event.type), tone: event.level === "error" ? "bad" : "warning" };
}

function textOf({ type, data }: JobEvent): string | undefined {
  if (type.endsWith(".gepa.baseline")) return baselineText(data);
  if (type.endsWith(".new_best")) return newBestText(data);
  if (type.endsWith(".generation.complete")) return generationText(data);
  if (type === "prompt.learning.phase.changed") return `phase       ${textIn(data, "to_phase") ?? "?"}`;
  if (type === "prompt.learning.validation.scored") return heldOutText("validation", data);
  if (type === "prompt.learning.test.scored") return heldOutText("test", data);
  if (type === "prompt.learning.resumed") return "resumed";
  if (type === "prompt.learning.stopping") return "told to stop";
  if (type === "prompt.learning.paused" && data.pause_reason === "user")
    return "paused      until it is resumed";
  if (type.endsWith(".termination.triggered")) return `stopping    ${textIn(data, "reason") ?? ""}`.trimEnd();
  return undefined;
}

function baselineText(data: JobEvent["data"]): string {
  const seeds = countIn(data, "seeds_evaluated");
  const on = seeds === undefined ? "" : ` on ${plural(seeds, "seed")}`;
  return `baseline    ${reward(numberIn(data, "accuracy", "baseline_score"))}${on}`;
}

function newBestText(data: JobEvent["data"]): string {
  const now = numberIn(data, "accuracy", "best_score");
  // Scores on different seeds are not to be subtracted; GEPA tells the improvement.
  const gain = change(0, numberIn(data, "improvement")) || change(numberIn(data, "previous_best_score"), now);
  const by = data.by_estimate === true ? " by estimate" : "";
  const id = textIn(data, "version_id", "candidate_id");
  const how = data.proxied === true ? "  predicted" : "";
  return `new best    ${reward(now)}${gain === "" ? "" : ` (${gain}${by})`}${id === undefined ? "" : `  ${id}`}${how}`;
}

function generationText(data: JobEvent["data"]): string {
  const accepted = numberIn(data, "candidates_accepted");
  const proposed = numberIn(data, "candidates_proposed");
  const kept =
    accepted === undefined || proposed === undefined ? "" : `  ${accepted} of ${proposed} accepted`;
  return `generation  ${numberIn(data, "generation") ?? "?"}  best ${reward(numberIn(data, "best_accuracy"))}${kept}`;
}

function heldOutText(set: string, data: JobEvent["data"]): string {
  const rank = numberIn(data, "rank");
  const who = data.is_baseline === true ? "baseline" : `rank ${rank ?? "?"}`;
  return `${set.padEnd(10)}  ${reward(numberIn(data, "accuracy"))}  ${who}`;
}
