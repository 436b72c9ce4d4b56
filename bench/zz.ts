import { readRows, dealProblem } from "./quality/problem.ts";
import { mipro, randomSearch } from "./quality/mipro.ts";
import { VARIANTS } from "./quality/simulators.ts";
import { World } from "./quality/world.ts";
const [sims = "reader", budgets = "2000", splits = "8", ...opts] = process.argv.slice(2);
const rows = readRows("/work/shared/data/banking77");
for (const sim of sims.split(",")) for (const budget of budgets.split(",").map(Number)) {
  const v = VARIANTS[sim]!; const g: number[][] = []; let rb: any;
  const res = opts.map((o) => { const isR = o.startsWith("R"); const j = JSON.parse(isR ? o.slice(1) || "{}" : o); return { o, opt: isR ? randomSearch(j) : mipro(j), gains: [] as number[], props: 0, words: 0 }; });
  for (let s = 0; s < Number(splits); s++) for (const r of res) {
    const p = dealProblem(rows, v.labels, s + 100); const w = new World(v.simulator(rows), p, budget);
    const out = await r.opt(w, s + 100); r.gains.push(w.measure(out, p.test) - w.measure(p.baseline, p.test)); r.props += w.proposals;
  }
  console.log(`== ${sim} ${budget}`);
  const m = (a: number[]) => a.reduce((x, y) => x + y, 0) / a.length; const se = (a: number[]) => Math.sqrt(a.reduce((x, y) => x + (y - m(a)) ** 2, 0) / (a.length - 1) / a.length);
  for (const r of res) { const d = r.gains.map((x, i) => x - res[0]!.gains[i]!); console.log(m(r.gains).toFixed(4), "±", se(r.gains).toFixed(4), "| vs first", m(d).toFixed(4), "±", se(d).toFixed(4), "| props", (r.props / Number(splits)).toFixed(0), r.o); }
}
