// What the Workers runtime says where it, and not the other side, keeps a call from being answered.

/** A running version is being replaced. */
const UPDATES = ["reset because its code was updated", "script has been upgraded"];
/** The invocation has made as many calls as it may; the second is said of calls within the platform. */
const CALL_LIMITS = ["Too many subrequests", "Too many API requests"];

/** Whether an error's text says that no call can be made from here for now. */
export function isPlatformFault(message: string): boolean {
  return UPDATES.some((part) => message.includes(part)) || isCallLimit(message);
}

/** Whether an error's text says that this invocation may make no more calls; the next one may. */
export function isCallLimit(message: string): boolean {
  return CALL_LIMITS.some((part) => message.includes(part));
}
