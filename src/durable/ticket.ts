// Tickets: what the interceptor knows of a rollout is the last part of its inference URL. It names the object that holds the
// rollout's registration, by an id that cannot be forged, and holds 128 random bits that live only as long as the rollout.

/** Whose object holds a registration: a lane's, or the job's own. */
export type LaneHome = "lane" | "job";

/** A ticket, read. */
export interface Ticket {
  home: LaneHome;
  /** The object's id in hex. */
  id: string;
  token: string;
}

const FORM = /^(j?)([0-9a-f]{64})-([0-9a-f]{32})$/;

/** A ticket as it stands in a URL. */
export function ticketText({ home, id, token }: Ticket): string {
  return `${home === "job" ? "j" : ""}${id}-${token}`;
}

/** The ticket in a URL; undefined for what is none. */
export function readTicket(text: string): Ticket | undefined {
  const [, mark, id, token] = FORM.exec(text) ?? [];
  if (id === undefined || token === undefined) return undefined;
  return { home: mark === "j" ? "job" : "lane", id, token };
}
