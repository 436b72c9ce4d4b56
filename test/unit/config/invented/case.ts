// Configs as people write them, by kind. Each says how it should end; what is said about it is in the snapshot.

import type { JsonObject } from "../../../../src/wire/json.ts";

/** A config, and how reading it ends. */
export interface InventedCase {
  name: string;
  /** A TOML file, or the body of a submission. */
  source: string | JsonObject;
  ends: "accepted" | "refused";
}

/** The beginning of a GEPA file: section, prompt and policy. */
export function head(task: string, system: string, user: string, policy = GROQ): string {
  return `[prompt_learning]
algorithm = "gepa"
task_app_url = "https://${task}.task-apps.example"
task_app_id = "${task}"

[prompt_learning.initial_prompt]
id = "${task}_pattern"
name = "${task} pattern"

[[prompt_learning.initial_prompt.messages]]
role = "system"
pattern = ${JSON.stringify(system)}
order = 0

[[prompt_learning.initial_prompt.messages]]
role = "user"
pattern = ${JSON.stringify(user)}
order = 1

[prompt_learning.policy]
inference_mode = "synth_hosted"
${policy}
`;
}

export const GROQ = `model = "openai/gpt-oss-20b"
provider = "groq"
temperature = 0.0
max_completion_tokens = 512`;
export const OPENAI = `model = "gpt-4.1-mini"
provider = "openai"
temperature = 0.0
max_completion_tokens = 256`;

/** A list of seeds as files spell it out. */
export function seeds(from: number, to: number): string {
  return `[${Array.from({ length: to - from }, (_, i) => from + i).join(", ")}]`;
}
