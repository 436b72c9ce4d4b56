// `npm run bench -- NAME`: runs a benchmark and prints its figures. Timings are of this machine; compare ratios.

import { throughput } from "./throughput.ts";

const BENCHMARKS: Record<string, () => Promise<void>> = { throughput };

const name = process.argv[2] ?? "";
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.error(`usage: npm run bench -- NAME, with NAME one of: ${Object.keys(BENCHMARKS).join(", ")}`);
  process.exit(2);
}
await benchmark();
process.exit(0);
