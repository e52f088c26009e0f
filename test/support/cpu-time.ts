/** Milliseconds of processor time that something takes: on a busy machine a clock would measure the others. */
export function cpuTime(run: () => void): number {
  const begin = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1_000;
}
