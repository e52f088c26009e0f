import { spawn } from 'node:child_process';

/** Tells systemd that everything is up, where it asked to be told (`Type=notify`, `NotifyAccess=all`). */
export function notifyReady(): void {
  if (!process.env.NOTIFY_SOCKET) return;
  // Node cannot open a datagram socket of the unix kind; a child that fails leaves the unit to its start timeout, which says so.
  spawn('systemd-notify', ['--ready', `--pid=${process.pid}`], { stdio: 'ignore' }).on('error', () => undefined);
}
