// Every kind of recording that can be replayed.

import type { ParityKind } from "./kinds.ts";
import { mergeKind } from "./merge.ts";
import { miproKind } from "./mipro.ts";
import { paretoKind } from "./pareto.ts";
import { rngKind } from "./rng.ts";
import { samplerKind } from "./sampler.ts";
import { tpeKind } from "./tpe.ts";

export const KINDS: readonly ParityKind[] = [rngKind, paretoKind, samplerKind, mergeKind, tpeKind, miproKind];
