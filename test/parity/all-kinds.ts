// Every kind of recording that can be replayed.

import type { ParityKind } from "./kinds.ts";
import { mergeKind } from "./merge.ts";
import { paretoKind } from "./pareto.ts";
import { rngKind } from "./rng.ts";
import { samplerKind } from "./sampler.ts";

export const KINDS: readonly ParityKind[] = [rngKind, paretoKind, samplerKind, mergeKind];
