// A limit on how long is waited for what another object answers: one that hangs must not hold up whoever asked.

/** What the promise comes to. @throws Error with `message` when that takes longer than `ms` milliseconds; it may still come */
export async function inTime<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(message)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
