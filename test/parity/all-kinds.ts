// Every kind of recording that can be replayed.

import type { ParityKind } from "./kinds.ts";
import { miproKind } from "./mipro.ts";
import { rngKind } from "./rng.ts";
import { tpeKind } from "./tpe.ts";

export const KINDS: readonly ParityKind[] = [rngKind, tpeKind, miproKind];
