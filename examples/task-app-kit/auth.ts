// Who may call the task app.

import { createHash, timingSafeEqual } from "node:crypto";

type Headers = Readonly<Record<string, string>>;

/** The keys that a request shows: `X-API-Key`, `X-API-Keys` (comma separated) and a Bearer token. */
function keysIn(headers: Headers): string[] {
  const authorization = headers.authorization ?? "";
  const bearer = authorization.toLowerCase().startsWith("bearer ")
    ? authorization.slice("bearer ".length)
    : "";
  return [headers["x-api-key"] ?? "", headers["x-api-keys"] ?? "", bearer]
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** Whether a request may pass: no key is set, or it shows the right one. */
export function mayPass(headers: Headers, key: string | undefined): boolean {
  if (key === undefined || key === "") return true;
  const wanted = digest(key);
  return keysIn(headers).some((shown) => timingSafeEqual(digest(shown), wanted));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
