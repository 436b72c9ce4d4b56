// What a running service takes up. Memory and processor time are read from /proc, as Linux has them.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of /proc, on all Linux of today. */
const TICKS_A_SECOND = 100;

/** Bytes of a process that are in memory now; 0 where there is no /proc. */
export function memoryOf(pid: number): number {
  return 1024 * field(pid, /^VmRSS:\s+(\d+) kB/m);
}

/** The same at most, since the process began. */
export function peakMemoryOf(pid: number): number {
  return 1024 * field(pid, /^VmHWM:\s+(\d+) kB/m);
}

/** Databases that a process has open, which are the objects it has in memory: each maps the index of its write-ahead log. */
export function openDatabases(pid: number): number {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8").split(".sqlite-shm").length - 1;
  } catch {
    return 0;
  }
}

/** Seconds of processor time that a process has used; 0 where there is no /proc. */
export function cpuSecondsOf(pid: number): number {
  try {
    const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const [user, system] = after.split(" ").slice(11, 13).map(Number);
    return ((user ?? 0) + (system ?? 0)) / TICKS_A_SECOND;
  } catch {
    return 0;
  }
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
