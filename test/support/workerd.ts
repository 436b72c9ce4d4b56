// The real Worker on workerd itself, without the tools around it: it starts in a moment, so it can be killed hundreds of
// times. Its state is on disk, as under `wrangler dev`.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Server, startNode, whenReady } from "../../scripts/lib/process.ts";
import { freePort, ROOT } from "../../scripts/lib/service.ts";

/** A process that hangs is asked again after so long. */
const ANSWER_MS = 2_000;

/** How to start it. */
export interface WorkerdOptions {
  /** The bundle that `bundleWorker` made, within `folder`. */
  bundle: string;
  /** Folder that keeps the objects' storage and the config. */
  folder: string;
  /** Port; a free one by default. */
  port?: number;
  vars?: Record<string, string>;
  /** The object classes by their bindings; by default those of a deployment. */
  classes?: Record<string, string>;
}

const CLASSES = { JOBS: "Job", LANES: "RolloutLane", TENANTS: "Tenant", PROBES: "Probe" };

/** Bundles a Worker as a deploy would, from a wrangler config; answers the path of the bundle. */
export function bundleWorker(config: string, folder: string): string {
  const wrangler = `${ROOT}node_modules/wrangler/bin/wrangler.js`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--outdir", folder, "--config", config],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false" } },
  );
  const script = status === 0 ? readdirSync(folder).find((name) => name.endsWith(".js")) : undefined;
  if (script === undefined) throw new Error(`the Worker cannot be bundled:\n${stdout}${stderr}`);
  return join(folder, script);
}

/** Starts workerd and waits until it answers, or prints `orLine`. */
export async function startWorkerd(
  options: WorkerdOptions,
  orLine?: string,
): Promise<Server & { url: string; port: number }> {
  const { bundle, folder, vars = {}, classes = CLASSES } = options;
  const port = options.port ?? (await freePort());
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const config = join(folder, "workerd.capnp");
  const module = relative(folder, bundle);
  writeFileSync(config, configText({ module, state, port, vars: { DEVELOPMENT: "true", ...vars }, classes }));
  const server = startNode({ command: workerdBinary(), args: ["serve", config, "--experimental"] });
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => {
    if (orLine !== undefined && server.output().includes(orLine)) return true;
    const signal = AbortSignal.timeout(ANSWER_MS);
    return (await fetch(`${url}/health`, { signal })).ok ? true : undefined;
  };
  await whenReady(server, answers, 60_000, 5);
  return { ...server, url, port };
}

function workerdBinary(): string {
  return `${ROOT}node_modules/workerd/bin/workerd`;
}

interface WorkerdConfig {
  module: string;
  state: string;
  port: number;
  vars: Record<string, string>;
  classes: Record<string, string>;
}

function configText({ module, state, port, vars, classes }: WorkerdConfig): string {
  const text = (value: string) => JSON.stringify(value);
  const namespaces = Object.entries(classes).map(
    ([binding, name]) => `(name = ${text(binding)}, durableObjectNamespace = ${text(name)})`,
  );
  const texts = Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
  const objects = Object.values(classes).map(
    (name) => `(className = ${text(name)}, uniqueKey = ${text(`cultivar-${name}`)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "state", disk = (path = ${text(state)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${text(module)})],
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["global_fetch_strictly_public"],
  bindings = [${[...namespaces, ...texts].join(", ")}],
  durableObjectNamespaces = [${objects.join(", ")}],
  durableObjectStorage = (localDisk = "state"),
);
`;
}
