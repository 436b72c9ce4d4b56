// Everything about configs for programs that write, read or check them without a service: the protocol's schemas under
// their own names, the functions around them, and the reader. It needs no Worker, no file system and no network.

export {
  type AdaptiveBatchChoice,
  AdaptiveBatchLevel,
  GEPAAdaptiveBatchConfig,
  resolveAdaptiveBatchConfig,
} from "./adaptive-batch.ts";
export {
  AdaptiveCurriculumLevel,
  type AdaptivePoolChoice,
  AdaptivePoolConfig,
  resolveAdaptivePoolConfig,
} from "./adaptive-pool.ts";
export { ConfigError, type ConfigIssue } from "./errors.ts";
export {
  GEPAArchiveConfig,
  GEPAConfig,
  GEPAEvaluationConfig,
  GEPAModuleConfig,
  GEPAMutationConfig,
  GEPAPopulationConfig,
  GEPARolloutConfig,
  GEPATokenConfig,
} from "./gepa.ts";
export { type GepaJobConfig, type JobConfig, type MiproJobConfig, PromptLearningConfig } from "./job.ts";
export { fromMapping, fromPath, type MappingOptions, type PathOptions, toDict } from "./mapping.ts";
export { MIPROConfig } from "./mipro.ts";
export { MIPROModuleConfig, MIPROStageConfig } from "./mipro-modules.ts";
export type { SimpleMessage, SimpleMiproOptions } from "./mipro-simple.ts";
export { MIPROMetaConfig, MIPROSeedConfig } from "./mipro-tables.ts";
export { InferenceMode, PromptLearningPolicyConfig, ProviderName } from "./policy.ts";
export { MessagePatternConfig, PromptPatternConfig } from "./prompt.ts";
export { ProxyModelsConfig } from "./proxy.ts";
export { type ConfigInput, type ConfigReading, type ReadOptions, readConfig } from "./read.ts";
export { SeedRange } from "./seeds.ts";
export { TerminationConfig } from "./termination.ts";
export type { Variables } from "./variables.ts";
export {
  PromptLearningVerifierConfig as PromptLearningJudgeConfig,
  PromptLearningVerifierConfig,
} from "./verifier.ts";
