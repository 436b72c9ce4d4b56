// Submitting a job: everything is checked at the door, in the order of what it costs to check, and nothing is created
// until all of it holds.

import type { BudgetPlan } from "../config/budget.ts";
import type { ConfigIssue } from "../config/errors.ts";
import type { JobConfig } from "../config/job.ts";
import { proposerFor } from "../config/models.ts";
import { promptModules } from "../config/modules.ts";
import { dotted, pointer, SECTION } from "../config/path.ts";
import { proxySheet } from "../config/proxy-sheet.ts";
import type { ConfigReading } from "../config/read.ts";
import { maxConcurrent, sectionOf, sectionPath, trainingSeedsOf } from "../config/section.ts";
import { verifierPlace, verifierSheet } from "../config/verifier-sheet.ts";
import type { Env } from "../durable/env.ts";
import type { JobFacts } from "../durable/facts.ts";
import type { CreateResult } from "../durable/job.ts";
import { jobObject } from "../durable/rpc.ts";
import { isDevelopment } from "../durable/settings.ts";
import { openKey, storedKey } from "../durable/vault.ts";
import { resolveProvider } from "../inference/providers.ts";
import { checkTaskApp } from "../rollouts/health.ts";
import type { TaskInfoQuestion } from "../rollouts/task-info.ts";
import { checkOutboundUrl } from "../rollouts/url-guard.ts";
import { type CheckedConfig, checkConfig, placed, refusal } from "../validation/check.ts";
import type { ConfigWarning, JobView } from "../wire/job.ts";
import { type JobIdentity, keyReused } from "./idempotency.ts";
import { algorithmFacts } from "./job-facts.ts";
import { executionMode, modeWarnings, publicOriginOf, readOptions } from "./operator.ts";
import { ProblemError } from "./problem.ts";
import { checkSeeds } from "./seed-check.ts";
import type { Submission } from "./submission.ts";
import { jobVerifier } from "./verifier.ts";

/** A job that a submission became: just now, or before, with the same idempotency key. */
export interface Submitted {
  job: JobView;
  is_new: boolean;
}

/** Checks a submission and creates its job. @throws ConfigError, VaultError or ProblemError, and nothing is created. */
export async function submitJob(
  submission: Submission,
  identity: JobIdentity,
  tenant: string,
  requestOrigin: string,
  env: Env,
): Promise<Submitted> {
  const { job_id, request_digest } = identity;
  const job = jobObject(env, tenant, job_id);
  const before = request_digest === undefined ? null : await job.submitted(request_digest);
  if (before !== null) return { job: createdJob(before, job_id), is_new: false };
  const { reading, plan, publicOrigin, warnings } = checkSubmission(submission, requestOrigin, env);
  const { config } = reading;
  const stored = await storedKey(config.task_app_api_key, job_id, env);
  const taskApp = {
    url: config.task_app_url,
    api_key: await openKey(stored, job_id, env),
    fetch: globalFetch,
  };
  await checkHealth(taskApp);
  await checkSeeds(config, taskApp);
  const seed = trainingSeedsOf(config)[0] ?? 0;
  const verifier = await jobVerifier(reading, { tenant, env, taskApp, seed });

  const facts: JobFacts = {
    job_id,
    tenant,
    ...(await algorithmFacts(config, plan, taskApp)),
    modules: promptModules(config),
    rollout_budget: plan.total,
    max_concurrent: maxConcurrent(config),
    task_app_url: config.task_app_url,
    task_app_api_key: stored,
    public_origin: publicOrigin,
    warnings,
    metadata: submission.metadata,
    ...(request_digest === undefined ? {} : { request_digest }),
    ...(verifier === undefined ? {} : { verifier }),
    ...proxyOf(config, plan),
    created_at: Date.now(),
  };
  return { job: createdJob(await job.create(facts, submission.autoStart), job_id), is_new: true };
}

function createdJob(result: CreateResult, jobId: string): JobView {
  if (result.kind === "other") throw keyReused(jobId);
  return result.job;
}

/** A submission that can run, as far as can be told without calling anybody. Warnings include those of the providers. */
interface CheckedSubmission extends CheckedConfig {
  /** Origin under which task apps reach this service. */
  publicOrigin: string;
}

/** Checks all of a submission that needs no call: config, budget, address, providers. @throws ConfigError, or ProblemError where the service is set up wrongly */
export function checkSubmission(submission: Submission, requestOrigin: string, env: Env): CheckedSubmission {
  const { source, overrides } = submission;
  const mode = executionMode(env);
  const checked = checkConfig({ source, overrides, options: readOptions(submission, env) });
  const { reading } = checked;
  const publicOrigin = publicOriginOf(env, requestOrigin);
  checkAddress(reading, publicOrigin, env);
  const found = [...modeWarnings(reading.config, mode), ...checkProviders(reading, env)];
  const later = found.map((warning) => placed(reading, warning));
  return { ...checked, publicOrigin, warnings: [...checked.warnings, ...later] };
}

function checkAddress(reading: ConfigReading, publicOrigin: string, env: Env): void {
  const taskAppUrl = reading.config.task_app_url;
  const own_hosts = [new URL(publicOrigin).host];
  const verdict = checkOutboundUrl(taskAppUrl, { allow_local: isDevelopment(env), own_hosts });
  if (verdict.kind === "ok") return;
  const path = "prompt_learning.task_app_url";
  throw refusal(reading, [
    {
      pointer: "/prompt_learning/task_app_url",
      path,
      message: `${path} cannot be called: ${verdict.reason}`,
      found: taskAppUrl,
      expected: "a public https address",
    },
  ]);
}

/** A proposer without a key cannot work at all; the policy's key is only needed where the task app calls the inference URL. */
function checkProviders(reading: ConfigReading, env: Env): ConfigWarning[] {
  const { config } = reading;
  const proposer = resolveProvider(proposerFor(sectionOf(config)).provider, env);
  if (proposer.kind === "missing") {
    const path = sectionPath(config, "proposer_effort");
    const message = `${path} = "${sectionOf(config).proposer_effort}" needs a provider that is not configured: ${proposer.message}`;
    throw refusal(reading, [{ pointer: `/${path.replaceAll(".", "/")}`, path, message }]);
  }
  const judge = judgeProvider(reading, env);
  if (judge) throw refusal(reading, [judge]);
  const proxy = proxySheet(config);
  const modules = promptModules(config).map(({ policy }) => policy.provider);
  const names = [...modules, ...(proxy ? [proxy.hi.provider, proxy.lo.provider] : [])];
  const placeOf = (name: string) => {
    if (name === config.policy.provider) return "policy.provider";
    return modules.some((provider) => provider === name) ? `${config.algorithm}.modules` : "proxy_models";
  };
  return [...new Set(names)].flatMap((name) => {
    const provider = resolveProvider(name, env);
    if (provider.kind !== "missing") return [];
    const message = `the inference URL will not work: ${provider.message}`;
    return [{ path: `prompt_learning.${placeOf(name)}`, message }];
  });
}

/** The proxy model of a job, where it has one. */
function proxyOf(config: JobConfig, { total, search }: BudgetPlan): Pick<JobFacts, "proxy"> {
  const sheet = proxySheet(config);
  if (sheet === undefined) return {};
  const { hi, lo, settings } = sheet;
  const reserved = total === null || search === null ? 0 : total - search;
  return { proxy: { hi, lo, plan: { settings, reserved, algorithm: config.algorithm } } };
}

/** What keeps a verifier from being asked at all; undefined where nothing does. */
function judgeProvider({ config }: ConfigReading, env: Env): ConfigIssue | undefined {
  const sheet = verifierSheet(config);
  const place = verifierPlace(config);
  const provider = sheet && resolveProvider(sheet.provider, env);
  if (!place || provider?.kind !== "missing") return undefined;
  const path = [SECTION, ...place.path, "backend_provider"];
  const message = `${dotted(path)} needs a provider that is not configured: ${provider.message}`;
  return { pointer: pointer(path), path: dotted(path), message };
}

/** Called as a bare function, which `fetch` itself must not be as a property of another object. */
const globalFetch: TaskInfoQuestion["fetch"] = (input, init) => fetch(input, init);

async function checkHealth(taskApp: TaskInfoQuestion): Promise<void> {
  const health = await checkTaskApp(taskApp);
  if (health.ok) return;
  const detail = `Task app health check failed: ${health.detail}`;
  throw new ProblemError(422, "task_app_unhealthy", "The task app is not ready", detail);
}
