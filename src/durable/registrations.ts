// Which rollouts run in a lane right now, which model calls they have made, and what these may still spend.

import { addCharge, type Charge, type Metered, NO_CHARGE } from "../inference/attempt.ts";
import type { CallRecord } from "../inference/record.ts";
import type { ModuleSheet, PolicySheet, RolloutOrder } from "../rollouts/order.ts";
import { CallRecords } from "./call-records.ts";

/** How long a rollout that has its answer waits for calls that are still open; then they are broken off. */
const LAST_CALLS_MS = 5_000;
/** How long it waits for the records of calls that were broken off. */
const LAST_RECORDS_MS = 2_000;

/** What the interceptor needs to know of a rollout. Crosses RPC, so plain data. */
export interface Registration {
  job_id: string;
  rollout_id: string;
  modules: ModuleSheet[];
  policy: PolicySheet;
  /** Number of the call in its rollout. */
  call: number;
  /** Whether the call's worst case must be reserved before it is made. */
  metered: boolean;
}

/** The calls of one rollout. */
export class CallLog {
  readonly #records = new CallRecords();
  /** Worst cases of calls that are open, by number; null where none was reserved. */
  readonly #open = new Map<number, Charge | null>();
  readonly #allowance: Charge | null;
  readonly #over = Promise.withResolvers<void>();
  #begun = 0;
  #charged: Charge = NO_CHARGE;
  #peak: Charge = NO_CHARGE;
  #refused = false;
  #wake: (() => void) | undefined;

  /** `allowance` is what the calls may spend together; null for no limit. */
  constructor(allowance: Charge | null) {
    this.#allowance = allowance;
  }

  /** A call comes in; its number. */
  begin(): number {
    this.#begun += 1;
    this.#open.set(this.#begun, null);
    return this.#begun;
  }

  /** Whether a call may be made that costs so much at worst; then it is reserved. */
  reserve(call: number, worst: Charge): boolean {
    const need = addCharge(this.#exposed(), worst);
    this.#peak = {
      tokens: Math.max(this.#peak.tokens, need.tokens),
      usd: Math.max(this.#peak.usd, need.usd),
    };
    const fits =
      this.#allowance === null || (need.tokens <= this.#allowance.tokens && need.usd <= this.#allowance.usd);
    if (fits) this.#open.set(call, worst);
    else this.#refused = true;
    return fits;
  }

  end(record: CallRecord, call: number): void {
    const worst = this.#open.get(call);
    if (worst === undefined) return;
    this.#open.delete(call);
    this.#records.add(record);
    this.#charged = addCharge(this.#charged, chargeOfRecord(record, worst ?? NO_CHARGE));
    if (this.#open.size === 0) this.#wake?.();
  }

  /** Resolves when calls that are still open are of no use to anybody. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Its open calls are of no more use. */
  breakOff(): void {
    this.#over.resolve();
  }

  /** The records, as `CallRecords` keeps them, once no call is open; a task app may answer before its last stream is written down, but not for long. */
  async finished(): Promise<readonly CallRecord[]> {
    await this.#quiet(LAST_CALLS_MS);
    if (this.#open.size > 0 && this.#allowance !== null) {
      this.breakOff();
      await this.#quiet(LAST_RECORDS_MS);
    }
    return this.#records.all;
  }

  /** What the calls came to under the allowance; nothing where there is none. A call without a record counts at its worst. */
  metered(): { metered?: Metered } {
    if (this.#allowance === null) return {};
    return { metered: { charge: this.#exposed(), peak: this.#peak, refused: this.#refused } };
  }

  #exposed(): Charge {
    return [...this.#open.values()].reduce<Charge>(
      (sum, worst) => addCharge(sum, worst ?? NO_CHARGE),
      this.#charged,
    );
  }

  async #quiet(ms: number): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function chargeOfRecord({ usage, usage_known, usd }: CallRecord, worst: Charge): Charge {
  if (!usage_known) return worst;
  return { tokens: usage.prompt_tokens + usage.completion_tokens, usd: usd ?? worst.usd };
}

/** The rollouts of a lane by their tokens, 128 random bits each. */
export class Registrations {
  readonly #byToken = new Map<string, { order: RolloutOrder; log: CallLog }>();

  add(order: RolloutOrder): { token: string; registration: CallLog } {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const token = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const registration = new CallLog(order.allowance ?? null);
    this.#byToken.set(token, { order, log: registration });
    return { token, registration };
  }

  remove(token: string): void {
    this.log(token)?.breakOff();
    this.#byToken.delete(token);
  }

  begin(token: string): Registration | null {
    const entry = this.#byToken.get(token);
    if (!entry) return null;
    const { job_id, rollout_id, modules, policy, allowance } = entry.order;
    const metered = allowance !== undefined;
    return { job_id, rollout_id, modules, policy, call: entry.log.begin(), metered };
  }

  /** The calls of the rollout behind a token; undefined when it is over or never was. */
  log(token: string): CallLog | undefined {
    return this.#byToken.get(token)?.log;
  }
}
