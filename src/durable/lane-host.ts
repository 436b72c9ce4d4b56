// Objects that hold a lane in their memory, as the interceptor sees them.

import { DurableObject } from "cloudflare:workers";
import type { Charge } from "../inference/attempt.ts";
import type { CallRecord } from "../inference/record.ts";
import type { Env } from "./env.ts";
import { Lane } from "./lane.ts";
import type { InterceptedLane } from "./lane-api.ts";
import type { Registration } from "./registrations.ts";
import { type LaneHome, ticketText } from "./ticket.ts";

/** An object with a lane. Its methods are the lane's own; see there. */
export abstract class LaneHost extends DurableObject<Env> implements InterceptedLane {
  protected readonly lane: Lane;

  constructor(ctx: DurableObjectState, env: Env, home: LaneHome) {
    super(ctx, env);
    const id = ctx.id.toString();
    this.lane = new Lane(env, (token) => ticketText({ home, id, token }));
  }

  beginCall(token: string): Promise<Registration | null> {
    return this.lane.beginCall(token);
  }

  reserveCall(token: string, call: number, worst: Charge): Promise<boolean> {
    return this.lane.reserveCall(token, call, worst);
  }

  untilOver(token: string): Promise<void> {
    return this.lane.untilOver(token);
  }

  endCall(token: string, record: CallRecord, call: number): Promise<void> {
    return this.lane.endCall(token, record, call);
  }
}
