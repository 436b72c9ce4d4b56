// Every rule across fields (protocol §1): values that keep it, values that break it, and what is said then. Values are laid
// over a whole GEPA or MIPRO config as overrides.

import type { Json, JsonObject } from "../../../src/wire/json.ts";

export interface RuleRow {
  rule: string;
  of: "gepa" | "mipro";
  kept: JsonObject;
  broken: JsonObject;
  says: string;
  /** The rule holds in strict reading only; else what breaks it is taken. */
  strict?: true;
}

const P = "prompt_learning.";
const POLICY = { model: "gpt-4o-mini", provider: "openai", inference_mode: "synth_hosted" };
const module = (module_id: string, more: JsonObject = {}) => ({ module_id, policy: POLICY, ...more });
const stage = (stage_id: string, more: JsonObject = {}) => ({
  stage_id,
  baseline_instruction: "Do.",
  policy: POLICY,
  ...more,
});
const stages = (...list: JsonObject[]) => ({ "mipro.modules": [{ module_id: "m", stages: list }] });
const seeds = (count: number) => ({ start: 0, end: count });
const pipeline = (pipeline_modules: Json[]): JsonObject => ({
  "initial_prompt.metadata": { pipeline_modules },
  "gepa.modules": [module("first"), module("b")],
});
const MESSAGES = [{ role: "system", pattern: "Answer {query}." }];

const JOB: RuleRow[] = [
  {
    rule: "the task app's address is one of http or https",
    of: "gepa",
    kept: { task_app_url: "http://localhost:8000" },
    broken: { task_app_url: "ftp://a.example" },
    says: `${P}task_app_url must be an http or https URL, found "ftp://a.example"`,
  },
  {
    rule: "the task app's address holds no password",
    of: "gepa",
    kept: { task_app_url: "https://a.example/x?y=1" },
    broken: { task_app_url: "https://user:pass@a.example" },
    says: `${P}task_app_url must not hold a user name or password; use task_app_api_key`,
  },
  {
    rule: "the free tier has the cheaper proposers",
    of: "gepa",
    kept: { free_tier: true, "gepa.proposer_effort": "MEDIUM" },
    broken: { free_tier: "yes", "gepa.proposer_effort": "HIGH" },
    says: `${P}gepa.proposer_effort must be one of "LOW_CONTEXT", "LOW", "MEDIUM" when free_tier is true, found "HIGH"`,
  },
  {
    rule: "the free tier of MIPRO has them too",
    of: "mipro",
    kept: { free_tier: "on", "mipro.proposer_effort": "LOW" },
    broken: { free_tier: 1, "mipro.proposer_effort": "HIGH" },
    says: `${P}mipro.proposer_effort must be one of "LOW_CONTEXT", "LOW", "MEDIUM" when free_tier is true, found "HIGH"`,
  },
  {
    rule: "a prompt has something to optimise",
    of: "gepa",
    kept: { "initial_prompt.messages": [{ role: "user", pattern: "Q" }] },
    broken: { "initial_prompt.messages": [{ role: "assistant", pattern: "Q" }] },
    says: `${P}initial_prompt.messages has nothing to optimise: it needs a message with the role system, developer or user`,
  },
  {
    rule: "a required wildcard is in the prompt",
    of: "gepa",
    kept: {
      "initial_prompt.messages": MESSAGES,
      "initial_prompt.wildcards": { query: "REQUIRED", tone: "OPTIONAL" },
    },
    broken: {
      "initial_prompt.messages": MESSAGES,
      "initial_prompt.wildcards": { query: "REQUIRED", tone: "REQUIRED" },
    },
    says: `${P}initial_prompt.wildcards.tone is REQUIRED, but no message contains {tone}`,
  },
  {
    rule: "a policy names no address",
    of: "gepa",
    strict: true,
    kept: {},
    broken: { "policy.inference_url": "https://api.example" },
    says: `${P}policy.inference_url is refused: the trainer provides the inference URL in rollout requests`,
  },
  {
    rule: "a policy names no address under another name either",
    of: "gepa",
    strict: true,
    kept: {},
    broken: { "policy.api_base": "https://api.example" },
    says: `${P}policy.api_base is refused: the trainer provides the inference URL in rollout requests`,
  },
  {
    rule: "a policy says how rollouts reach the model",
    of: "gepa",
    strict: true,
    kept: {},
    broken: { policy: { inference_mode: null } },
    says: `${P}policy.inference_mode is missing: it must be "synth_hosted"`,
  },
  {
    rule: "a message has its text in pattern",
    of: "gepa",
    strict: true,
    kept: { "initial_prompt.messages": MESSAGES },
    broken: { "initial_prompt.messages": [{ role: "system", content: "A" }] },
    says: `${P}initial_prompt.messages[0].content is refused: a message has its text in pattern`,
  },
  {
    rule: "fused rewards weigh something",
    of: "gepa",
    kept: { verifier: { enabled: true, reward_source: "fused", weight_event: 0.5 } },
    broken: { verifier: { enabled: true, reward_source: "fused" } },
    says: `${P}verifier.reward_source is "fused", which needs weight_event or weight_outcome above 0`,
  },
  {
    rule: "a listed model",
    of: "gepa",
    kept: { policy: { model: "openai/gpt-4.1-nano" } },
    broken: { policy: { model: "gpt-3" } },
    says: `${P}policy.model must be a model of openai that this service allows (gpt-4o, `,
  },
  {
    rule: "a model that is not too expensive",
    of: "gepa",
    kept: { policy: { model: "gpt-5" } },
    broken: { policy: { model: "gpt-5-pro" } },
    says: `${P}policy.model must not be "gpt-5-pro": it is too expensive`,
  },
  {
    rule: "listed proxy models",
    of: "gepa",
    kept: { "gepa.proxy_models.lo_model": "llama-3.1-8b-instant" },
    broken: { "gepa.proxy_models.lo_model": "gpt-4o" },
    says: `${P}gepa.proxy_models.lo_model must be a model of groq that this service allows`,
  },
];

const GEPA: RuleRow[] = [
  {
    rule: "at least 13 training seeds",
    of: "gepa",
    kept: { "gepa.evaluation.seeds": seeds(13), "gepa.archive.pareto_set_size": 10 },
    broken: { "gepa.evaluation.seeds": seeds(12), "gepa.archive.pareto_set_size": 10 },
    says: `${P}gepa.evaluation.seeds must hold at least 13 seeds (10 Pareto seeds and 3 feedback seeds), found 12 seeds`,
  },
  {
    rule: "at least 10 Pareto seeds",
    of: "gepa",
    kept: { "gepa.archive.pareto_set_size": 10 },
    broken: { "gepa.archive.pareto_set_size": 9 },
    says: `${P}gepa.archive.pareto_set_size must be a whole number from 10 to 27, found 9: gepa.evaluation.seeds has 30 seeds`,
  },
  {
    rule: "at least 3 feedback seeds",
    of: "gepa",
    kept: { "gepa.archive.pareto_set_size": 27 },
    broken: { "gepa.archive.pareto_set_size": 28 },
    says: `${P}gepa.archive.pareto_set_size must be a whole number from 10 to 27, found 28: gepa.evaluation.seeds has 30 seeds`,
  },
  {
    rule: "no more Pareto seeds than seeds, by default too",
    of: "gepa",
    strict: true,
    kept: { "gepa.archive": { pareto_set_size: null }, "gepa.evaluation.seeds": seeds(67) },
    broken: { "gepa.archive": { pareto_set_size: null } },
    says: `${P}gepa.archive.pareto_set_size must be a whole number from 10 to 27, found 64`,
  },
  {
    rule: "a seed is given once",
    of: "gepa",
    kept: { "gepa.evaluation.test_pool": [90, 91] },
    broken: { "gepa.evaluation.test_pool": [90, 91, 90] },
    says: `${P}gepa.evaluation.test_pool names seeds more than once: 90`,
  },
  {
    rule: "the specification's proposer has one",
    of: "gepa",
    kept: { "gepa.proposer_type": "spec", "gepa.spec_text": "Rules." },
    broken: { "gepa.proposer_type": "spec" },
    says: `${P}gepa.spec_path is missing: proposer_type = "spec" needs it`,
  },
  {
    rule: "a pipeline has modules",
    of: "gepa",
    kept: { "initial_prompt.metadata": { pipeline_modules: ["first"] } },
    broken: { "initial_prompt.metadata": { pipeline_modules: ["first"] }, gepa: { modules: [] } },
    says: `${P}gepa.modules is missing: initial_prompt.metadata.pipeline_modules names 1 module`,
  },
  {
    rule: "modules cover their pipeline",
    of: "gepa",
    kept: {
      "initial_prompt.metadata": { pipeline_modules: [{ name: "first" }] },
      "gepa.modules": [module("first"), module("extra")],
    },
    broken: {
      "initial_prompt.metadata": {
        pipeline_modules: ["first", { stage_id: "second", instruction_text: "Sum up." }],
      },
    },
    says: `${P}gepa.modules does not cover initial_prompt.metadata.pipeline_modules: "second" has no entry`,
  },
  {
    rule: "one module at most has the prompt's own messages",
    of: "gepa",
    kept: pipeline(["first", { name: "b", instruction_text: "B." }]),
    broken: pipeline(["first", "b"]),
    says: `${P}initial_prompt.metadata.pipeline_modules has 2 modules without instruction_text or messages`,
  },
  {
    rule: "the texts of modules differ",
    of: "gepa",
    kept: pipeline([
      { name: "first", instruction_text: "A." },
      { name: "b", instruction_text: "B." },
    ]),
    broken: pipeline([
      { name: "first", instruction_text: "A." },
      { name: "b", instruction_text: "A." },
    ]),
    says: `${P}initial_prompt.metadata.pipeline_modules[1] has the same text as "first"`,
  },
  {
    rule: "examples of a module have input and output",
    of: "gepa",
    kept: pipeline([{ name: "first", instruction_text: "A.", few_shots: [{ input: "x", output: "y" }] }]),
    broken: pipeline([{ name: "first", instruction_text: "A.", few_shots: [7] }]),
    says: `${P}initial_prompt.metadata.pipeline_modules[0].few_shots[0] must be a table with the texts input and output`,
  },
  {
    rule: "a module is given once",
    of: "gepa",
    kept: { "gepa.modules": [module("a"), module("b")] },
    broken: { "gepa.modules": [module("a"), module("a")] },
    says: `${P}gepa.modules[1].module_id is given more than once: "a"`,
  },
  {
    rule: "a tool is given once",
    of: "gepa",
    kept: { "gepa.modules": [module("a", { allowed_tools: ["x", "y"] })] },
    broken: { "gepa.modules": [module("a", { allowed_tools: ["x", "x"] })] },
    says: `${P}gepa.modules[0].allowed_tools names a tool more than once: "x"`,
  },
  {
    rule: "a list of tools has some",
    of: "gepa",
    strict: true,
    kept: { "gepa.modules": [module("a", { allowed_tools: ["x"] })] },
    broken: { "gepa.modules": [module("a", { allowed_tools: [] })] },
    says: `${P}gepa.modules[0].allowed_tools must be a non-empty list, found an empty list`,
  },
  {
    rule: "a module has a policy",
    of: "gepa",
    strict: true,
    kept: { "gepa.modules": [module("a")] },
    broken: { "gepa.modules": [{ module_id: "a" }] },
    says: `${P}gepa.modules[0].policy is missing: it must be a table`,
  },
  {
    rule: "flat keys are refused",
    of: "gepa",
    strict: true,
    kept: { "gepa.rollout.budget": 300 },
    broken: { "gepa.rollout_budget": 300 },
    says: `${P}gepa.rollout_budget is refused: Deprecated flat GEPA format field 'rollout_budget': Use [prompt_learning.gepa.rollout] budget`,
  },
  {
    rule: "the proposer's model is not chosen by mutation",
    of: "gepa",
    strict: true,
    kept: { "gepa.mutation.rate": 0.2 },
    broken: { "gepa.mutation.llm_model": "gpt-4o", "gepa.mutation.llm_provider": "openai" },
    says: `${P}gepa.mutation.llm_model is refused: Deprecated field 'llm_model'`,
  },
  {
    rule: "a pool shrinks",
    of: "gepa",
    kept: { "gepa.adaptive_pool": { pool_init_size: 20, pool_min_size: 20, anchor_size: 5 } },
    broken: { "gepa.adaptive_pool": { pool_init_size: 20, pool_min_size: 25, anchor_size: 5 } },
    says: `${P}gepa.adaptive_pool.pool_init_size must be at least pool_min_size, which is 25, found 20`,
  },
  {
    rule: "a pool holds its anchors",
    of: "gepa",
    kept: { "gepa.adaptive_pool": { pool_min_size: 10, anchor_size: 10 } },
    broken: { "gepa.adaptive_pool": { pool_min_size: 10, anchor_size: 11 } },
    says: `${P}gepa.adaptive_pool.pool_min_size must be at least anchor_size, which is 11, found 10`,
  },
  {
    rule: "a pool ends to shrink after it began",
    of: "gepa",
    kept: { "gepa.adaptive_pool": { warmup_iters: 5, anneal_stop_iter: 6 } },
    broken: { "gepa.adaptive_pool": { warmup_iters: 5, anneal_stop_iter: 5 } },
    says: `${P}gepa.adaptive_pool.anneal_stop_iter must be above warmup_iters, which is 5, found 5`,
  },
  {
    rule: "subsampled scoring says how much",
    of: "gepa",
    strict: true,
    kept: { "gepa.adaptive_batch": { val_evaluation_mode: "subsample", val_subsample_size: 20 } },
    broken: { "gepa.adaptive_batch": { val_evaluation_mode: "subsample" } },
    says: `${P}gepa.adaptive_batch.val_subsample_size is missing: val_evaluation_mode = "subsample" needs it`,
  },
  {
    rule: "older names of seed lists take no ranges",
    of: "gepa",
    strict: true,
    kept: { "gepa.evaluation.validation_seeds": { start: 90, end: 95 } },
    broken: { val_seeds: { start: 90, end: 95 } },
    says: `${P}val_seeds must be a list of seeds, found { start = 90, end = 95 }`,
  },
];

const MIPRO: RuleRow[] = [
  {
    rule: "there are bootstrap seeds",
    of: "mipro",
    kept: { "mipro.bootstrap_train_seeds": [1] },
    broken: { "mipro.bootstrap_train_seeds": [] },
    says: `${P}mipro.bootstrap_train_seeds must be a non-empty list of seeds, found an empty list`,
  },
  {
    rule: "there are online seeds",
    of: "mipro",
    kept: { "mipro.online_pool": [11] },
    broken: { "mipro.online_pool": null },
    says: `${P}mipro.online_pool is missing: it must be a non-empty list of seeds`,
  },
  {
    rule: "no more demos are asked for than there are bootstrap seeds",
    of: "mipro",
    kept: { "mipro.min_bootstrap_demos": 5 },
    broken: { "mipro.min_bootstrap_demos": 6 },
    says: `${P}mipro.min_bootstrap_demos must be at most the number of bootstrap seeds, 5, found 6`,
  },
  {
    rule: "reference seeds are nobody else's",
    of: "mipro",
    kept: { "mipro.reference_pool": [20, 21] },
    broken: { "mipro.reference_pool": [4, 20], "mipro.test_pool": [20] },
    says: `${P}mipro.reference_pool must not overlap the bootstrap, online and test seeds: 2 seeds of it do: 4, 20`,
  },
  {
    rule: "a seed is given once",
    of: "mipro",
    kept: { "mipro.test_pool": [90] },
    broken: { "mipro.test_pool": [90, 90] },
    says: `${P}mipro.test_pool names seeds more than once: 90`,
  },
  {
    rule: "a module is given once",
    of: "mipro",
    kept: {
      "mipro.modules": [
        { module_id: "a", stages: [] },
        { module_id: "b", stages: [] },
      ],
    },
    broken: {
      "mipro.modules": [
        { module_id: "a", stages: [] },
        { module_id: "a", stages: [] },
      ],
    },
    says: `${P}mipro.modules[1].module_id is given more than once: "a"`,
  },
  {
    rule: "a stage is given once",
    of: "mipro",
    kept: stages(stage("a"), stage("b")),
    broken: stages(stage("a"), stage("a")),
    says: `${P}mipro.modules[0].stages[1].stage_id is given more than once: "a"`,
  },
  {
    rule: "a stage chooses from as many instructions as there may be",
    of: "mipro",
    kept: { ...stages(stage("a", { max_instruction_slots: 4 })), "mipro.max_instruction_sets": 4 },
    broken: { ...stages(stage("a", { max_instruction_slots: 5 })), "mipro.max_instruction_sets": 4 },
    says: `${P}mipro.modules[0].stages[0].max_instruction_slots must be a whole number from 1 to max_instruction_sets (4), found 5`,
  },
  {
    rule: "a stage chooses from as many demos as there may be",
    of: "mipro",
    kept: { ...stages(stage("a", { max_demo_slots: 0 })), "mipro.max_demo_sets": 1 },
    broken: { ...stages(stage("a", { max_demo_slots: 2 })), "mipro.max_demo_sets": 1 },
    says: `${P}mipro.modules[0].stages[0].max_demo_slots must be a whole number from 0 to max_demo_sets (1), found 2`,
  },
  {
    rule: "edges lead to stages",
    of: "mipro",
    kept: { "mipro.modules.0.edges": [["a", "b"]] },
    broken: { "mipro.modules.0.edges": [["a", "z"]] },
    says: `${P}mipro.modules[0].edges[0] names a stage that does not exist: "z"`,
  },
  {
    rule: "edges lead in no circle",
    of: "mipro",
    kept: { "mipro.modules.0.edges": [{ from: "a", to: "b" }] },
    broken: { "mipro.modules.0.edges": [["a", "b"], { source: "b", target: "a" }] },
    says: `${P}mipro.modules[0].edges leads in a circle: "a", "b"`,
  },
  {
    rule: "modules cover their pipeline, by their own names or their stages'",
    of: "mipro",
    kept: { "initial_prompt.metadata": { pipeline_modules: ["a", { stage_id: "b" }] } },
    broken: { "initial_prompt.metadata": { pipeline_modules: ["a", "c"] } },
    says: `${P}mipro.modules does not cover initial_prompt.metadata.pipeline_modules: "c" has no entry`,
  },
  {
    rule: "the proposer's model has no name of its own",
    of: "mipro",
    strict: true,
    kept: { "mipro.proposer_effort": "MEDIUM" },
    broken: { "mipro.meta_model": "gpt-4o" },
    says: `${P}mipro.meta_model is refused: Deprecated field 'meta_model'`,
  },
  {
    rule: "nor in its older table",
    of: "mipro",
    strict: true,
    kept: { "mipro.meta.temperature": 0.5 },
    broken: { "mipro.meta": { provider: "openai" } },
    says: `${P}mipro.meta.provider is refused: Deprecated field 'provider'`,
  },
  {
    rule: "a pool shrinks",
    of: "mipro",
    kept: { "mipro.adaptive_pool": { pool_init_size: 3, pool_min_size: 2, anchor_size: 1 } },
    broken: { "mipro.adaptive_pool": { pool_init_size: 1, pool_min_size: 2, anchor_size: 1 } },
    says: `${P}mipro.adaptive_pool.pool_init_size must be at least pool_min_size, which is 2, found 1`,
  },
];

/** All rules. */
export const RULE_ROWS: RuleRow[] = [...JOB, ...GEPA, ...MIPRO];
