// The points at which the crash tests pull the plug: every write, every commit, every alarm that is set and every call
// that goes out, each before, after, and, for what is stored, once it is on disk. Bound around the platform's own
// interfaces, so that the service knows nothing of them.

import { ANY_POINT, CRASH_LINE, type Plan } from "./plan.ts";

let plan: Plan | undefined;
let counts = new Map<string, number>();
let passed = 0;
let heldAlarms = 0;

/** Begins to count anew, with this plan. */
export function setPlan(next: Plan | undefined): void {
  plan = next;
  counts = new Map();
  passed = 0;
}

/** How often each point has been reached since the plan was set. */
export function reachedPoints(): Record<string, number> {
  return Object.fromEntries(counts);
}

/** Makes the next alarms throw, in the place of what they should do. */
export function breakAlarms(count: number): void {
  heldAlarms = count;
}

/** Whether an alarm is one of those that throw. */
export function alarmIsBroken(): boolean {
  heldAlarms -= 1;
  return heldAlarms >= 0;
}

/** Passes a point; does not come back from the one that is planned. */
function reach(point: string): void {
  const count = (counts.get(point) ?? 0) + 1;
  counts.set(point, count);
  passed += 1;
  const at = plan?.point === ANY_POINT ? passed : plan?.point === point ? count : 0;
  if (plan === undefined || (plan.occurrence !== at && plan.latest !== passed)) return;
  console.log(`${CRASH_LINE} ${point}`);
  // The plug is pulled from outside; until then nothing may move.
  for (;;);
}

/** An object's state whose storage passes points. */
export function watchedState(state: DurableObjectState, owner: string): DurableObjectState {
  const { storage } = state;
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  const transaction = storage.transactionSync.bind(storage);
  let first: string | undefined;
  let depth = 0;
  const onDisk = (point: string) => {
    storage.sync().then(
      () => reach(`${point} on disk`),
      () => {},
    );
  };
  const write: typeof exec = (statement, ...bindings) => {
    if (/^\s*select/i.test(statement)) return exec(statement, ...bindings);
    const point = `${owner} ${nameOf(statement)}`;
    first ??= point;
    reach(`${point} before`);
    const cursor = exec(statement, ...bindings);
    const rows = cursor.toArray();
    reach(`${point} after`);
    if (depth === 0) {
      first = undefined;
      onDisk(point);
    }
    return { toArray: () => rows } as never;
  };
  const commit: typeof transaction = (work) => {
    depth += 1;
    try {
      const result = transaction(work);
      if (depth === 1 && first !== undefined) {
        reach(`${first} commit after`);
        onDisk(`${first} commit`);
      }
      return result;
    } finally {
      depth -= 1;
      if (depth === 0) first = undefined;
    }
  };
  define(sql, "exec", write);
  define(storage, "transactionSync", commit);
  for (const name of ["setAlarm", "deleteAlarm", "deleteAll"] as const) {
    const real: (...args: never[]) => Promise<void> = storage[name].bind(storage);
    define(storage, name, passing(`${owner} ${name}`, real));
  }
  return state;
}

/** A binding whose objects pass a point before and after each call of these methods. */
export function watchedObjects(
  objects: DurableObjectNamespace,
  owner: string,
  methods: readonly string[],
): DurableObjectNamespace {
  const watched = (stub: DurableObjectStub) =>
    new Proxy(stub, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof name !== "string" || !methods.includes(name)) return value;
        return passing(`${owner}.${name}`, async (...args: unknown[]) => Reflect.apply(value, target, args));
      },
    });
  return new Proxy(objects, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (name !== "getByName") return typeof value === "function" ? value.bind(target) : value;
      return (given: string) => watched(target.getByName(given));
    },
  });
}

/** A fetch that passes a point before and after each call that goes out. */
export function watchedFetch(real: typeof fetch): typeof fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    return passing(`fetch ${url.pathname}`, () => real(input, init))();
  };
}

function passing<Args extends unknown[], T>(
  point: string,
  act: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  return async (...args) => {
    reach(`${point} before`);
    const result = await act(...args);
    reach(`${point} after`);
    return result;
  };
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
}

/** The statement's first words: `INSERT INTO rollout`, `UPDATE job SET status`. */
function nameOf(statement: string): string {
  const words = statement.trim().split(/[\s(=]+/);
  return words.slice(0, words[0] === "UPDATE" ? 4 : 3).join(" ");
}
