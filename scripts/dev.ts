// `npm run dev`: the service on http://127.0.0.1:8787, its state kept in `.wrangler/state` between starts. Provider keys
// come from `.dev.vars`, or from the environment.

import { spawn } from "node:child_process";
import { ROOT, wranglerDevArgs } from "./lib/service.ts";

const PASSED_ON = [
  "API_KEYS",
  "ENVIRONMENT_API_KEY",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "GROQ_API_KEY",
  "GROQ_BASE_URL",
  "GOOGLE_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_BASE_URL",
  "PUBLIC_URL",
  "DATA_KEY",
  "EXTRA_MODELS",
  "EXTRA_SECRETS",
];

const names = [...PASSED_ON, ...Object.keys(process.env).filter((name) => name.startsWith("TASK_APP_"))];
const vars = Object.fromEntries(
  names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
);
const args = wranglerDevArgs({ state: `${ROOT}.wrangler/state`, port: 8787, vars });
const child = spawn(process.execPath, [...args, ...process.argv.slice(2)], { cwd: ROOT, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
