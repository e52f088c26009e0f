// Processes that we start, and what the kernel says of them. Every one is ended by its id, its children too.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICK = 10; // milliseconds in a tick of /proc/PID/stat (USER_HZ is 100)
const started = new Set();

/** Starts a program; output goes to the open file `log`. The result's `over` resolves to the exit status. */
export function start(command, log, options = {}) {
  const child = spawn(command[0], command.slice(1).map(String), { stdio: ['ignore', log, log], ...options });
  started.add(child);
  child.over = new Promise((resolve) => {
    const end = (status) => {
      started.delete(child);
      resolve(status);
    };
    child.on('exit', end);
    child.on('error', end);
  });
  return child;
}

/** Ends a process and its children; after two seconds without asking. */
export async function stop(child) {
  if (!started.has(child)) return;
  signal(child, 'SIGTERM');
  const late = setTimeout(() => signal(child, 'SIGKILL'), 2000);
  await child.over;
  clearTimeout(late);
}

function signal(child, name) {
  for (const pid of tree(child.pid).reverse()) {
    try {
      process.kill(pid, name);
    } catch {
      // it ended by itself
    }
  }
}

process.on('exit', () => {
  for (const child of started) signal(child, 'SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(130));

/** The id and those of all descendants. */
export function tree(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? Number(stat(entry)?.[1]) : Number.NaN;
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i]) ?? []));
  return found;
}

/** The fields of /proc/PID/stat after the name: state is [0], the parent [1], user and system ticks [11] and [12]. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it ended while we looked
  }
}

/** CPU milliseconds, user and system, that the tree has used. */
export function cpu(pid) {
  return tree(pid).reduce((sum, one) => {
    const fields = stat(one);
    return fields === undefined ? sum : sum + (Number(fields[11]) + Number(fields[12])) * TICK;
  }, 0);
}

/** Memory of the tree in KiB: resident, and proportional (a shared page counts once). */
export function memory(pid) {
  const sum = { rss: 0, pss: 0 };
  for (const one of tree(pid)) {
    try {
      const text = readFileSync(`/proc/${one}/smaps_rollup`, 'latin1');
      sum.rss += Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
      sum.pss += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      // it ended while we looked
    }
  }
  return sum;
}
