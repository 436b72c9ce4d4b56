// Where each option of a config was written: in the TOML, under which name, or in the overrides. Paths count from the
// `[prompt_learning]` table, under the protocol's names, and come back as the user wrote them.

import type { Position } from "./errors.ts";
import type { Finding } from "./findings.ts";
import type { Locate } from "./locate.ts";
import { type Path, pathKey, SECTION } from "./path.ts";

interface Written {
  /** As written, from the `[prompt_learning]` table. */
  path: Path;
  /** It stands beside the table, not in it. */
  outside: boolean;
}

/** The map from options to where they were written. */
export class Places {
  readonly #locate: Locate;
  readonly #hasSection: boolean;
  readonly #moved = new Map<string, Written>();
  readonly #overridden = new Set<string>();

  /** `hasSection`: the file has a `[prompt_learning]` table; else its root stands for one. */
  constructor(locate: Locate, hasSection: boolean) {
    this.#locate = locate;
    this.#hasSection = hasSection;
  }

  /** Note that the option `to` was written at `from`, which may have been moved itself. */
  move(to: Path, from: Path, outside = false): void {
    this.#moved.set(pathKey(to), outside ? { path: from, outside } : this.#written(from));
  }

  /** Note that overrides set this path. */
  override(path: Path): void {
    this.#overridden.add(pathKey(path));
  }

  /** Whether overrides set this path or something around it. */
  isOverridden(path: Path): boolean {
    return path.some((_, i) => this.#overridden.has(pathKey(path.slice(0, i + 1))));
  }

  /** Whether overrides gave the option, under whatever name. */
  isFromOverride(path: Path): boolean {
    return this.isOverridden(this.#written(path).path);
  }

  /** The path as the user wrote it, from the root of what was submitted. */
  shown(finding: Finding): Path {
    if (finding.outside) return finding.path;
    return [SECTION, ...this.#written(finding.path).path];
  }

  /** Where it stands in the TOML; undefined for JSON and for overrides. */
  at(finding: Pick<Finding, "path" | "outside">): Position | undefined {
    const { path, outside } = finding.outside
      ? { path: finding.path, outside: true }
      : this.#written(finding.path);
    if (!finding.outside && this.isOverridden(path)) return undefined;
    return this.#locate(this.#hasSection && !outside ? [SECTION, ...path] : path);
  }

  #written(path: Path): Written {
    for (let length = path.length; length > 0; length--) {
      const moved = this.#moved.get(pathKey(path.slice(0, length)));
      if (moved !== undefined) {
        return { path: [...moved.path, ...path.slice(length)], outside: moved.outside };
      }
    }
    return { path, outside: false };
  }
}
