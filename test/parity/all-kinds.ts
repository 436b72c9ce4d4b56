// Every kind of recording that can be replayed.

import type { ParityKind } from "./kinds.ts";
import { rngKind } from "./rng.ts";

export const KINDS: readonly ParityKind[] = [rngKind];
