// What this deployment's operator and a submission say about reading its config: the secrets it may name, and the models.

import { type ModelRules, parseExtraModels } from "../config/model-list.ts";
import type { ReadOptions } from "../config/read.ts";
import { nameableKey, nameableNames, nameableUrl } from "../durable/secrets.ts";
import type { Settings } from "../durable/settings.ts";
import { ownServers } from "../inference/providers.ts";
import type { Submission } from "./submission.ts";

/** How a submission's config is read here. */
export function readOptions(submission: Submission, env: Settings): ReadOptions {
  return {
    variables: {
      url: (name) => nameableUrl(name, env),
      hasKey: (name) => nameableKey(name, env) !== undefined,
      names: nameableNames(env),
    },
    models: modelRules(submission.allowExperimental, env),
  };
}

function modelRules(allow_experimental: boolean, env: Settings): ModelRules {
  const { extra, odd } = parseExtraModels(env.EXTRA_MODELS ?? "");
  if (odd.length > 0) console.warn(JSON.stringify({ event: "extra_models_ignored", entries: odd }));
  return {
    extra,
    own_servers: ownServers(env),
    allow_experimental,
  };
}
