// How long a piece of code works, whatever else the machine does meanwhile.

/** Milliseconds of this thread's processor time that `run` takes. */
export function cpuMs(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
