// Which rollouts run in a lane right now, and which model calls they have made.

import type { CallRecord } from "../inference/record.ts";
import type { ModuleSheet, PolicySheet, RolloutOrder } from "../rollouts/order.ts";

/** How long a rollout that has its answer waits for the records of calls that are still being written. */
const LAST_CALLS_MS = 5_000;

/** What the interceptor needs to know of a rollout. Crosses RPC, so plain data. */
export interface Registration {
  job_id: string;
  rollout_id: string;
  modules: ModuleSheet[];
  policy: PolicySheet;
}

/** The calls of one rollout. */
export class CallLog {
  readonly #records: CallRecord[] = [];
  #open = 0;
  #wake: (() => void) | undefined;

  begin(): void {
    this.#open += 1;
  }

  end(record: CallRecord): void {
    this.#records.push(record);
    this.#open -= 1;
    if (this.#open <= 0) this.#wake?.();
  }

  /** The records once no call is open; a task app may answer before its last stream is written down, but not for long. */
  async finished(): Promise<CallRecord[]> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LAST_CALLS_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#records;
  }
}

/** The rollouts of a lane by their tokens, 128 random bits each. */
export class Registrations {
  readonly #byToken = new Map<string, { order: RolloutOrder; registration: CallLog }>();

  add(order: RolloutOrder): { token: string; registration: CallLog } {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const token = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const registration = new CallLog();
    this.#byToken.set(token, { order, registration });
    return { token, registration };
  }

  remove(token: string): void {
    this.#byToken.delete(token);
  }

  begin(token: string): Registration | null {
    const entry = this.#byToken.get(token);
    if (!entry) return null;
    entry.registration.begin();
    const { job_id, rollout_id, modules, policy } = entry.order;
    return { job_id, rollout_id, modules, policy };
  }

  end(token: string, record: CallRecord): void {
    this.#byToken.get(token)?.registration.end(record);
  }
}
