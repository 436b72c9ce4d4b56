// Addresses of a task app's endpoints.

/** `base` with `path` (such as `/rollout`) after its own path; its query is kept, its fragment is not. */
export function taskAppUrl(base: URL, path: string): string {
  const url = new URL(base);
  let end = url.pathname.length;
  while (end > 0 && url.pathname[end - 1] === "/") end--;
  url.pathname = url.pathname.slice(0, end) + path;
  url.hash = "";
  return url.href;
}
