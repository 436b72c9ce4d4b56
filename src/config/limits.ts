// Every limit of the service, with its unit and its reason, in one home.

/** Bytes of a config body, TOML or JSON. */
export const MAX_CONFIG_BYTES = 256 * 1024;
/** Bytes of a submission, and of a config in JSON: a config, and twice as much again for JSON's escapes, specifications, overrides and labels. */
export const MAX_SUBMISSION_BYTES = 3 * MAX_CONFIG_BYTES;
/** Levels of nesting in a config; deeper values overflow the stack when written as JSON. */
export const MAX_CONFIG_DEPTH = 32;
/** Keys in a config, counted over all tables. */
export const MAX_CONFIG_KEYS = 5_000;
/** Characters of one text in a config, a specification's included. */
export const MAX_CONFIG_TEXT_CHARS = 128 * 1024;
/** Mistakes named in one config error; the rest is counted. */
export const MAX_CONFIG_ISSUES = 100;
/** Warnings kept of one config; the rest is counted. */
export const MAX_CONFIG_WARNINGS = 100;
/** Numbers in one seed list or range: a job with all its lists, and the keys of a step, must each fit into 2 MB of SQLite. */
export const MAX_SEEDS = 10_000;
/** Bytes read of a task app's answer. */
export const MAX_ROLLOUT_REPLY_BYTES = 4 * 1024 * 1024;
/** Bytes read of a task app's `/health` and `/task_info`. */
export const MAX_HEALTH_REPLY_BYTES = 1024 * 1024;
/** Bytes of a chat-completions request that the interceptor reads. */
export const MAX_CHAT_REQUEST_BYTES = 4 * 1024 * 1024;
/** Characters kept of each text of a trace. */
export const MAX_TRACE_CHARS = 4_000;
/** Calls of one rollout that are kept in its trace, the first half and the last half of more. */
export const MAX_TRACE_CALLS = 12;
/** Characters of all questions and answers of those calls; with their values a row of the journal stays below 100 KB. */
export const MAX_CALLS_CHARS = 24_000;
/** Characters of all examples in one reflection, about 50,000 tokens: with text and answer it fits the context of every proposer. */
export const MAX_REFLECTION_CHARS = 200_000;
/** Characters kept of an error message. */
export const MAX_ERROR_CHARS = 500;
/** Milliseconds for `/health` and `/task_info` at submit. */
export const HEALTH_TIMEOUT_MS = 10_000;
/** Milliseconds for one attempt at a rollout, from the moment it takes a slot. */
export const ROLLOUT_TIMEOUT_MS = 600_000;
/** Milliseconds for one attempt at a proposal. */
export const PROPOSAL_TIMEOUT_MS = 300_000;
/** Attempts at one rollout or proposal, the first included. */
export const MAX_ATTEMPTS = 5;
/** Longest wait between two attempts, in milliseconds, whatever `Retry-After` says. */
export const MAX_BACKOFF_MS = 60_000;
/** Connections that one Durable Object may have waiting for headers (Workers platform limit). */
export const SLOTS_PER_LANE = 6;
/** The most rollouts of one job in flight at a time. */
export const MAX_CONCURRENT_ROLLOUTS = 1_000;
/** Lanes of one job, of one kind. */
export const MAX_LANES = Math.ceil(MAX_CONCURRENT_ROLLOUTS / SLOTS_PER_LANE);
/**
 * Calls of one slice, after which it ends: an invocation may make 10,000 (Workers platform default), and those that tell the
 * tenant how a job stands, at most one a step, count too.
 */
export const MAX_SLICE_CALLS = 6_000;
/** Failed rollouts in a row that pause a job whose config does not say: by chance rare even where every second one fails. */
export const DEFAULT_CONSECUTIVE_ERRORS = 20;
/** Verifier calls of one job that are in flight at a time. */
export const MAX_CONCURRENT_JUDGEMENTS = 192;
/** The longest time limit of one verifier call, in milliseconds: it must end within the alarm that it begins in. */
export const MAX_JUDGEMENT_TIMEOUT_MS = 600_000;
/** Bytes that one statement may bring to SQLite in its bindings: a value, and a row, may hold 2 MB on the platform. */
export const MAX_SQL_VALUE_BYTES = 2_000_000;
/** Bindings of one statement (Workers platform limit). */
export const MAX_SQL_BINDINGS = 100;
/** Characters of one SQL statement; the platform takes 100 KB. */
export const MAX_SQL_STATEMENT_CHARS = 100_000;
/** Levels of nesting in JSON of task apps and providers: a million of them take a parser a second, and overflow whatever walks them. */
export const MAX_JSON_DEPTH = 500;
/** Examples whose texts a task app is asked for at submit: with them the job still fits into a row of 2 MB. */
export const MAX_TOLD_EXAMPLES = 1_000;
