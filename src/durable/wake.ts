// When a job is woken: the times of its alarms, and what to do about one that was lost.

/** The alarm that is armed before a slice runs, in case the slice dies with the object; put off while it lives. */
export const WATCHDOG_MS = 30_000;
/** How often a living slice puts the watchdog off. Each time writes a row. */
export const HEARTBEAT_MS = 20_000;
/** How long a job that could not reach its tenant waits before it tries again. */
export const ANNOUNCE_RETRY_MS = 5_000;
/** How often a job that a newer release has written looks whether that release is back. */
export const NEWER_RELEASE_RETRY_MS = 600_000;
/** An alarm that is overdue by so much will not ring any more. */
const LOST_ALARM_MS = 60_000;

/** The part of an object's storage that holds its alarm. */
interface AlarmStorage {
  getAlarm(): Promise<number | null>;
  setAlarm(time: number): Promise<void>;
}

/** Sets the alarm for so many milliseconds from now. */
export function armAlarm(storage: AlarmStorage, ms: number): Promise<void> {
  return armAlarmAt(storage, Date.now() + ms);
}

/** Sets the alarm, `time` in milliseconds since 1970; never for the very present, which the platform has been seen to drop. */
export function armAlarmAt(storage: AlarmStorage, time: number): Promise<void> {
  return storage.setAlarm(Math.max(Date.now() + 1, time));
}

/**
 * Arms the alarm anew where there is none, or one that was given up: the platform may still name its time. One that is later than `latest`,
 * in milliseconds since 1970, is brought forward to it.
 */
export async function reviveAlarm(storage: AlarmStorage, latest = Number.POSITIVE_INFINITY): Promise<void> {
  const due = await storage.getAlarm();
  if (due === null || isLostAlarm(due, Date.now())) return armAlarm(storage, 1);
  if (due > latest) await armAlarmAt(storage, latest);
}

/** Whether an alarm that was due then will not ring any more. Times are milliseconds since 1970. */
export function isLostAlarm(due: number, now: number): boolean {
  return due < now - LOST_ALARM_MS;
}
