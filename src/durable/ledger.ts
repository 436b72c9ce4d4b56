// The ledger of a job whose spending is limited. Before a call is made its worst case is reserved; when it has ended, what it
// came to takes the reservation's place. A call whose worst case does not fit waits for others to end, and when none is under
// way the limit is reached. Owns: who may spend how much now. Does not own: rows, calls, prices.
// Invariant: spent and reserved together never exceed a limit, so long as no call costs more than was reserved for it.

import { COST_ROLES, type CostRole, type JobLimits } from "../config/job-limits.ts";
import { addCharge, type Charge, NO_CHARGE } from "../inference/attempt.ts";
import { SuspendedError } from "./gate.ts";

/** A limit that the next call could cross. */
export class CapReachedError extends SuspendedError {
  readonly reason: "tokens" | "cost";
  /** Whether held-out work came upon it: then nothing more fits. */
  readonly held_out: boolean;

  constructor(reason: "tokens" | "cost", held_out: boolean) {
    super(`the limit on ${reason === "cost" ? "US dollars" : "tokens"} is reached`);
    this.reason = reason;
    this.held_out = held_out;
  }
}

/** Charges by who spends. */
export type ByRole = Record<CostRole, Charge>;

/** A sum reserved for one attempt. */
export interface Claim {
  amount: Charge;
  /** The attempt has ended and came to this. The first call counts. */
  settle(charge: Charge): void;
}

/** What to reserve. */
export interface ClaimRequest {
  role: CostRole;
  /** The question that the attempt is for. */
  key: string;
  /** Reserved where there is plenty. */
  want: Charge;
  /** Reserved where there is not; less is of no use. */
  least: Charge;
  /** Whether it may use what is kept back for held-out scores. */
  held_out: boolean;
}

interface Waiter {
  request: ClaimRequest;
  resolve(claim: Claim): void;
  reject(error: SuspendedError): void;
}

/** What a ledger is made of. */
export interface LedgerParts {
  limits: JobLimits;
  /** What was spent, or may have been, before. */
  spent: ByRole;
  /** What is kept back for held-out scores, now. */
  keptBack(): Charge;
  /** Called before the outstanding sum rises above what was told last; it must be durable before the call goes out. */
  onExposure(outstanding: ByRole): void;
  /** Called when a limit is reached. */
  onReached(error: CapReachedError): void;
}

/** Told exposures are this much larger than what is outstanding, so that not every claim writes a row. */
const EXPOSURE_ROOM = 1.5;

/** The spending of one slice of a job. */
export class Ledger {
  readonly #parts: LedgerParts;
  readonly #spent: ByRole;
  #reserved: ByRole = noCharges();
  /** Ended, and not yet in a row of its own, by question. */
  readonly #unrecorded = new Map<string, { role: CostRole; charge: Charge }>();
  #told: ByRole = noCharges();
  readonly #waiting: Waiter[] = [];
  #open = 0;
  #closed = false;
  /** The limit that the search came upon: nothing more of it is let through, or what is left would go to a step that is given up. */
  #reached: CapReachedError | undefined;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
    this.#spent = forRoles((role) => parts.spent[role]);
  }

  /** What is reserved now, of all roles. */
  get reserved(): Charge {
    return total(this.#reserved);
  }

  /** What one role has spent. */
  spentBy(role: CostRole): Charge {
    return this.#spent[role];
  }

  /** What is spent, of all roles. */
  get spent(): Charge {
    return total(this.#spent);
  }

  /** Reserves for an attempt, in turn. @throws CapReachedError when it does not fit and nothing is under way; SuspendedError when the ledger is closed */
  reserve(request: ClaimRequest): Promise<Claim> {
    if (this.#closed) return Promise.reject(new SuspendedError("the ledger is closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#serve();
    });
  }

  /** A question's answer, with all that its attempts came to, is in a row now. */
  recorded(key: string): void {
    this.#unrecorded.delete(key);
  }

  /** A step is done: what is told from now on begins with what is still outstanding. */
  settleDown(): void {
    if (total(this.#told).tokens === 0 && total(this.#told).usd === 0) return;
    this.#told = this.#outstanding();
    this.#parts.onExposure(this.#told);
  }

  /** Turns away everybody who waits. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new SuspendedError("the ledger is closed"));
  }

  #serve(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const isOver = this.#reached !== undefined && !first.request.held_out;
      const amount = isOver ? undefined : this.#affordable(first.request);
      if (amount === undefined && !isOver && this.#open > 0) return;
      this.#waiting.shift();
      if (amount === undefined) this.#refuse(first);
      else first.resolve(this.#claim(first.request, amount));
    }
  }

  #affordable({ role, want, least, held_out }: ClaimRequest): Charge | undefined {
    if (this.#fits(role, want, held_out) === undefined) return want;
    return this.#fits(role, least, held_out) === undefined ? least : undefined;
  }

  /** The limit that this could cross; undefined where there is none. */
  #fits(role: CostRole, amount: Charge, held_out: boolean): "tokens" | "cost" | undefined {
    const { limits } = this.#parts;
    const kept = held_out ? NO_CHARGE : this.#parts.keptBack();
    const used = addCharge(addCharge(total(this.#spent), total(this.#reserved)), kept);
    if (over(used.tokens + amount.tokens, limits.tokens?.most)) return "tokens";
    if (over(used.usd + amount.usd, limits.usd?.most)) return "cost";
    const own = this.#spent[role].usd + this.#reserved[role].usd + (role === "policy" ? kept.usd : 0);
    return over(own + amount.usd, limits.category_usd[role]?.most) ? "cost" : undefined;
  }

  #refuse({ request, reject }: Waiter): void {
    const { role, least, held_out } = request;
    if (this.#reached && !held_out) {
      reject(this.#reached);
      return;
    }
    const error = new CapReachedError(this.#fits(role, least, held_out) ?? "cost", held_out);
    this.#reached ??= error;
    this.#parts.onReached(error);
    reject(error);
  }

  #claim({ role, key }: ClaimRequest, amount: Charge): Claim {
    this.#reserved[role] = addCharge(this.#reserved[role], amount);
    this.#open += 1;
    this.#expose();
    let isOpen = true;
    return {
      amount,
      settle: (charge) => {
        if (!isOpen) return;
        isOpen = false;
        this.#open -= 1;
        this.#reserved[role] = minus(this.#reserved[role], amount);
        // What is left of sums and differences in floating point.
        if (this.#open === 0) this.#reserved = noCharges();
        this.#spent[role] = addCharge(this.#spent[role], charge);
        const before = this.#unrecorded.get(key)?.charge ?? NO_CHARGE;
        this.#unrecorded.set(key, { role, charge: addCharge(before, charge) });
        this.#serve();
      },
    };
  }

  #outstanding(): ByRole {
    const sum = bothOf(this.#reserved, noCharges());
    for (const { role, charge } of this.#unrecorded.values()) sum[role] = addCharge(sum[role], charge);
    return sum;
  }

  /** Tells the outstanding sum, where it is above what was told last. */
  #expose(): void {
    const outstanding = this.#outstanding();
    const isKnown = COST_ROLES.every(
      (role) =>
        outstanding[role].tokens <= this.#told[role].tokens && outstanding[role].usd <= this.#told[role].usd,
    );
    if (isKnown) return;
    this.#told = forRoles((role) => times(outstanding[role], EXPOSURE_ROOM));
    this.#parts.onExposure(this.#told);
  }
}

/** No charge for anybody. */
export function noCharges(): ByRole {
  return forRoles(() => NO_CHARGE);
}

function forRoles(charge: (role: CostRole) => Charge): ByRole {
  return { policy: charge("policy"), proposer: charge("proposer"), verifier: charge("verifier") };
}

/** The charges of all roles together. */
export function total(charges: ByRole): Charge {
  return COST_ROLES.reduce<Charge>((sum, role) => addCharge(sum, charges[role]), NO_CHARGE);
}

/** Charges role by role. */
export function bothOf(a: ByRole, b: ByRole): ByRole {
  return forRoles((role) => addCharge(a[role], b[role]));
}

function over(sum: number, most: number | undefined): boolean {
  return most !== undefined && sum > most;
}

function minus(a: Charge, b: Charge): Charge {
  return { tokens: Math.max(0, a.tokens - b.tokens), usd: Math.max(0, a.usd - b.usd) };
}

function times(a: Charge, factor: number): Charge {
  return { tokens: a.tokens * factor, usd: a.usd * factor };
}
