// The real Worker on local workerd, through `wrangler dev`.

import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { type Server, startNode, whenReady } from "./process.ts";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How to start the service. */
export interface ServiceOptions {
  /** Folder that keeps the objects' storage. */
  state: string;
  /** Port; a free one by default. */
  port?: number;
  /** Variables of the Worker, beside `DEVELOPMENT`. */
  vars?: Record<string, string>;
  /** Another wrangler config than the project's. */
  config?: string;
}

/** Arguments of Node that run `wrangler dev` for development. */
export function wranglerDevArgs({ state, port, vars, config }: ServiceOptions & { port: number }): string[] {
  const all = { DEVELOPMENT: "true", ...vars };
  return [
    `${ROOT}node_modules/wrangler/bin/wrangler.js`,
    "dev",
    ...["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", state],
    ...(config === undefined ? [] : ["--config", config]),
    ...Object.entries(all).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
}

/** Starts the service and waits until it answers. */
export async function startService(options: ServiceOptions): Promise<Server & { url: string; port: number }> {
  const port = options.port ?? (await freePort());
  const server = startNode({
    args: [
      ...wranglerDevArgs({ ...options, port }),
      "--log-level",
      "error",
      "--show-interactive-dev-session=false",
    ],
    // Its own traces of every request, which nobody looks at here, cost as much as the requests.
    env: { WRANGLER_SEND_METRICS: "false", X_LOCAL_OBSERVABILITY: "false", CI: "true" },
    cwd: ROOT,
  });
  const url = `http://127.0.0.1:${port}`;
  await whenReady(server, async () => ((await fetch(`${url}/health`)).ok ? true : undefined));
  return { ...server, url, port };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
