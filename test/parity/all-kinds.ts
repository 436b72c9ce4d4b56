// Every kind of recording that can be replayed.

import { gepaAimeKind } from "./gepa-aime.ts";
import { gepaRunKind } from "./gepa-runs.ts";
import { gepaTextKind } from "./gepa-texts.ts";
import { gepaTraceKind } from "./gepa-traces.ts";
import type { ParityKind } from "./kinds.ts";
import { mergeKind } from "./merge.ts";
import { miproKind } from "./mipro.ts";
import { paretoKind } from "./pareto.ts";
import { rngKind } from "./rng.ts";
import { samplerKind } from "./sampler.ts";
import { tpeKind } from "./tpe.ts";

export const KINDS: readonly ParityKind[] = [
  rngKind,
  paretoKind,
  samplerKind,
  mergeKind,
  gepaRunKind,
  gepaTraceKind,
  gepaTextKind,
  gepaAimeKind,
  tpeKind,
  miproKind,
];
