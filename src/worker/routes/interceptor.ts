// The interceptor (protocol §3.4): the `inference_url` of a rollout. A task app calls it like an OpenAI server; the
// candidate's texts take the place of the baseline's, and the call goes on to the provider with the operator's key.
// The URL's ticket is the authority (`durable/ticket.ts`). The lane hears of every call: the messages as sent, the answer, the usage.

import { Hono } from "hono";
import { MAX_CHAT_REQUEST_BYTES } from "../../config/limits.ts";
import type { InterceptedLane } from "../../durable/lane-api.ts";
import type { Registration } from "../../durable/registrations.ts";
import { laneOfTicket } from "../../durable/rpc.ts";
import { readTicket } from "../../durable/ticket.ts";
import type { Charge } from "../../inference/attempt.ts";
import { parseJson } from "../../inference/body.ts";
import { type ChatRequest, parseChatRequest } from "../../inference/chat.ts";
import { type Forwarded, forwardChat } from "../../inference/forward.ts";
import { limitTools, underPolicy } from "../../inference/module-policy.ts";
import { placeCall } from "../../inference/place.ts";
import { resolveProvider } from "../../inference/providers.ts";
import { recordQuestion, recordRefusal } from "../../inference/record.ts";
import { worstCase } from "../../inference/worst-case.ts";
import { readText } from "../body.ts";
import type { AppEnv } from "../context.ts";

/** One call to a provider may take this long, in milliseconds. */
const CALL_TIMEOUT_MS = 300_000;

/** Routes below `/api/interceptor/v1`. */
export const interceptorRoutes = new Hono<AppEnv>();

interceptorRoutes.post("/:ticket/chat/completions", async (c) => {
  const found = findLane(c.req.param("ticket"), c.env);
  if (!found) return refused(404, "unknown_ticket", "This inference URL does not exist.");
  const body = await readText(c.req.raw, MAX_CHAT_REQUEST_BYTES);
  const request = parseChatRequest(parseJson(body));
  if (request.kind === "invalid") return refused(400, "invalid_request", request.message);
  const { lane, token } = found;
  const registration = await lane.beginCall(token);
  if (!registration) return refused(410, "rollout_over", "The rollout of this inference URL is over.");

  const signal = registration.metered ? untilOver(lane, token, c.req.raw.signal) : c.req.raw.signal;
  const reserve = (worst: Charge) => lane.reserveCall(token, registration.call, worst);
  const answering = answerCall(registration, request.request, { env: c.env, signal, reserve });
  const told = answering
    .then(({ record }) => record)
    .then((record) => lane.endCall(token, record, registration.call));
  // The call is written down even where the task app has gone, or its rollout would wait for the record and not count its cost.
  c.executionCtx.waitUntil(told);
  const { response } = await answering;
  // A stream is written down when it ends; anything else before the task app can answer its rollout.
  if (request.request.stream !== true) await told;
  return response;
});

function findLane(
  text: string,
  env: AppEnv["Bindings"],
): { lane: InterceptedLane; token: string } | undefined {
  const ticket = readTicket(text);
  if (ticket === undefined) return undefined;
  try {
    return { lane: laneOfTicket(env, ticket), token: ticket.token };
  } catch {
    return undefined;
  }
}

/** Aborts with the given one, and when the rollout is over: a call that nobody waits for any more spends what is reserved for others. */
function untilOver(lane: InterceptedLane, token: string, signal: AbortSignal): AbortSignal {
  const over = new AbortController();
  void lane.untilOver(token).then(
    () => over.abort(),
    () => {
      // The lane is gone, and with it whoever could tell.
    },
  );
  return AbortSignal.any([signal, over.signal]);
}

/** What a call is made with. */
interface CallMeans {
  env: AppEnv["Bindings"];
  signal: AbortSignal;
  /** Whether a call may be made that costs so much at worst. */
  reserve(worst: Charge): Promise<boolean>;
}

async function answerCall(
  registration: Registration,
  request: ChatRequest,
  { env, signal, reserve }: CallMeans,
): Promise<Forwarded> {
  const placed = placeCall(request.messages, registration.modules);
  if (placed.kind === "mismatch") {
    const message = `the messages match neither the baseline prompt nor the candidate. Expected: ${placed.expected} Found: ${placed.found}`;
    return turnedDown(request, 422, "prompt_mismatch", message);
  }
  const { module } = placed;
  const provider = resolveProvider(module.policy.provider, env);
  if (provider.kind === "missing") {
    return turnedDown(request, 424, "provider_missing", provider.message);
  }
  const limited = limitTools(request, module.allowed_tools);
  if (limited.kind === "forbidden") {
    const message = `the call forces the tool "${limited.tool}", which module "${module.name}" may not call`;
    return turnedDown(request, 422, "tool_not_allowed", message);
  }
  const sent = {
    ...underPolicy(limited.request, module.policy, registration.policy),
    messages: placed.messages,
  };
  if (registration.metered && !(await reserve(worstCase(sent, module.policy)))) {
    const message = "the job's limit on tokens or US dollars has no room for this call";
    return turnedDown(request, 402, "limit_reached", message);
  }
  const { response, record } = await forwardChat({
    request: sent,
    provider,
    fetch: (input, init) => fetch(input, init),
    timeout_ms: CALL_TIMEOUT_MS,
    now: () => Date.now(),
    signal,
  });
  const question = recordQuestion({ ...placed, module: module.name });
  return { response, record: record.then((told) => ({ ...told, question })) };
}

/** A call that is not made. Its status is one that no client tries again. */
function turnedDown(request: ChatRequest, status: number, code: string, message: string): Forwarded {
  const record = recordRefusal(request, status, { code, message });
  return { response: refused(status, code, message), record: Promise.resolve(record) };
}

/** An error in the shape that OpenAI clients read. */
function refused(status: number, code: string, message: string): Response {
  return Response.json({ error: { message, type: "cultivar_error", code } }, { status });
}
