import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/**
 * Starts polkit's own program that asks for a password on the terminal, for this process and as long as it runs, as systemctl does. Resolves
 * when it can be asked; false where nobody is at a terminal, or there is no such program.
 */
export function startAgent(): Promise<boolean> {
  if (process.stdin.isTTY !== true) return Promise.resolve(false);
  const words = ['--fallback', '--notify-fd', '3']; // which it closes when polkit knows of it
  const agent = spawn('pkttyagent', words, { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
  process.on('exit', () => agent.kill());
  agent.unref();
  return new Promise((done) => {
    agent.on('error', () => done(false));
    (agent.stdio[3] as Readable).on('close', () => done(true)).resume();
  });
}
