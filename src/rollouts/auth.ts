// How the service proves itself to a task app (protocol §3.2): with the job's own task-app key, and never any other.

/** Headers for a task app, or why its key cannot be sent. */
export type TaskAppHeaders =
  | { kind: "ok"; headers: Record<string, string> }
  | { kind: "refused"; message: string };

/**
 * The key in all three headers that task apps look at; no header without a key.
 *
 * White space around the key is dropped. A key that no header can carry is refused here, because the runtime's
 * own error would quote it.
 */
export function taskAppHeaders(apiKey: string | null): TaskAppHeaders {
  const key = apiKey?.trim() ?? "";
  if (key === "") return { kind: "ok", headers: {} };
  if (!isHeaderText(key)) {
    return { kind: "refused", message: "task_app_api_key has characters that an HTTP header cannot carry" };
  }
  return {
    kind: "ok",
    headers: { "x-api-key": key, "x-api-keys": key, authorization: `Bearer ${key}` },
  };
}

function isHeaderText(text: string): boolean {
  return Array.from(text).every((char) => char >= " " && char <= "~");
}
