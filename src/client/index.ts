// The SDK: everything a program needs to run prompt-learning jobs on a Cultivar service.

export type {
  Algorithm,
  AttemptedCandidate,
  ConfigWarning,
  EventPage,
  JobCost,
  JobEvent,
  JobProgress,
  JobResults,
  JobStatus,
  JobSubmission,
  JobSummary,
  JobView,
  Page,
  Problem,
  ProblemItem,
  PromptSection,
  PromptView,
  TextReplacement,
  TopPrompt,
  TrialResult,
  ValidationResult,
} from "../wire/job.ts";
export type { Json, JsonObject } from "../wire/json.ts";
export type { ProbeMode, ProbeReport, ProbeRequest } from "../wire/probe.ts";
export type {
  JobEstimate,
  ModelEstimate,
  Range,
  RolloutPhases,
  ValidationReport,
  ValueOrigin,
} from "../wire/validate.ts";
export type { Verification, VerificationCheck } from "../wire/verification.ts";
export type {
  RubricCriterion,
  VerifierRubric,
  VerifierSubmission,
  VerifierSummary,
  VerifierView,
} from "../wire/verifier.ts";
export {
  ApiError,
  ConfigFileNotFoundError,
  ConfigInvalidError,
  CultivarError,
  InvalidJobIdError,
  JobAlreadySubmittedError,
  JobNotSubmittedError,
  MissingSettingError,
  NetworkError,
  PollTimeoutError,
  RequestTimeoutError,
  UnexpectedAnswerError,
} from "./errors.ts";
export type { FollowOptions } from "./events.ts";
export type { CallOptions } from "./http.ts";
export { type JobOptions, type PollOptions, PromptLearningJob } from "./job.ts";
export type { PollOutcome } from "./poll-loop.ts";
export { JobPoller, type PollerOptions, type PollHooks, PromptLearningJobPoller } from "./poller.ts";
export { type ClientOptions, type ListOptions, PromptLearningClient } from "./prompt-learning-client.ts";
export { type ScoringSummary, scoringSummaryOf } from "./scoring.ts";
export {
  type Connection,
  DEFAULT_BACKEND_URL,
  type Environment,
  ensureApiBase,
  resolveConnection,
} from "./settings.ts";
export { isTerminalEvent, isTerminalStatus, normaliseStatus } from "./status.ts";
export { sleep, type Transport } from "./transport.ts";
export { VerifierClient } from "./verifier-client.ts";
