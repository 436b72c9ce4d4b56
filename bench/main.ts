// `npm run bench -- NAME`: runs a benchmark and prints its figures. Timings are of this machine; compare ratios.

import { economics } from "./economics.ts";
import { engine } from "./engine.ts";
import { load } from "./load.ts";
import { quality } from "./quality.ts";
import { throughput } from "./throughput.ts";
import { tpe } from "./tpe.ts";

const BENCHMARKS: Record<string, (args: readonly string[]) => Promise<void>> = {
  engine,
  economics,
  load,
  quality,
  throughput,
  tpe,
};

const [name = "", ...args] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.error(`usage: npm run bench -- NAME, with NAME one of: ${Object.keys(BENCHMARKS).join(", ")}`);
  process.exit(2);
}
await benchmark(args);
// With the status that the benchmark has set, if it has found something wrong.
process.exit();
