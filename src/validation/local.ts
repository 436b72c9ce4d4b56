// A dry run without a service: answers the request for one as a service would that its operator has not changed. What only a
// deployment knows, such as its secrets, its own models and which providers it can reach, is taken on trust.

import { ConfigError, mistakesInWords } from "../config/errors.ts";
import { LISTED_ONLY } from "../config/model-list.ts";
import type { JobSubmission, Problem } from "../wire/job.ts";
import type { ValidationReport } from "../wire/validate.ts";
import { checkConfig } from "./check.ts";
import { validationReport } from "./report.ts";

/** Variables by name, as in `process.env`. */
type Variables = Readonly<Record<string, string | undefined>>;

/** What a submission comes to. @throws ConfigError with every mistake */
function validateLocally(submission: JobSubmission, env: Variables): ValidationReport {
  const { config_toml, config_body, overrides, metadata } = submission;
  const allow_experimental = metadata?.allow_experimental === true;
  return validationReport(
    checkConfig({
      source: config_toml === undefined ? { mapping: config_body ?? {} } : { toml: config_toml },
      overrides: overrides ?? {},
      options: {
        variables: { url: (name) => env[name], hasKey: () => true, names: "" },
        models: { ...LISTED_ONLY, allow_experimental },
      },
    }),
  );
}

/** The problem that a service answers with for a config that is not valid. */
function configProblem({ code, issues, warnings }: ConfigError): Problem {
  return {
    type: `urn:cultivar:problem:${code}`,
    title: "The config is not valid",
    status: 422,
    detail: mistakesInWords(issues),
    code,
    errors: [...issues],
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
  };
}

/** `fetch` for a dry run, with this module in the place of the service. */
export async function answerLocally(init: RequestInit, env: Variables): Promise<Response> {
  const submission: JobSubmission = JSON.parse(String(init.body));
  try {
    return Response.json(validateLocally(submission, env));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const headers = { "content-type": "application/problem+json" };
    return Response.json(configProblem(error), { status: 422, headers });
  }
}
