// What a running service takes up. Memory is read from /proc, as Linux has it.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Bytes that a process and all that it started hold in memory now; 0 where there is no /proc. */
export function memoryOf(pid: number): number {
  if (!existsSync("/proc/self/status")) return 0;
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(Number(name)));
  }
  const isOurs = (one: number): boolean => {
    if (one === pid) return true;
    const parent = parents.get(one) ?? 0;
    return parent > 1 && isOurs(parent);
  };
  return [...parents.keys()].filter(isOurs).reduce((sum, one) => sum + residentOf(one), 0);
}

function parentOf(pid: number): number {
  return field(pid, /^PPid:\s+(\d+)/m);
}

function residentOf(pid: number): number {
  return 1024 * field(pid, /^VmRSS:\s+(\d+) kB/m);
}

/** A number of a process's status; 0 when the process has gone. */
function field(pid: number, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Bytes of all files below a folder. */
export function bytesUnder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + sizeOf(join(entry.parentPath, entry.name)), 0);
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
