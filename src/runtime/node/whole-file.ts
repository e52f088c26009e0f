import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** From here on glibc unmaps a block as soon as it is freed, whatever happened before (mallopt(3), M_MMAP_THRESHOLD). */
const ALWAYS_UNMAPPED = 33 * 1024 * 1024;
/** What is smaller does no harm worth a system call. */
const SMALL = 1024 * 1024;

/** So many bytes of what has no size of its own are read at once. */
const PART = 64 * 1024;

/**
 * The text of a whole file, of `most` bytes at most: a device gives bytes without end. Read in one block of its size, a file of 12 MB would
 * leave the process 7 MB larger for good: glibc takes a freed block for a sign that more of its size will come, and keeps so much. The block
 * here is so large that it does not; what is never written of it takes no memory. Throws the system's error; one for a pipe, unless `pipes`:
 * it holds up the process until somebody writes.
 */
export function readWhole(path: string, most = Number.POSITIVE_INFINITY, pipes = false): string {
  const file = openSync(path, pipes ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (stat.isFIFO() && !pipes) throw Object.assign(new Error('ESPIPE: it is a pipe and no file'), { code: 'ESPIPE' });
    const { size } = stat;
    if (!stat.isFile()) return readPipe(file, most);
    if (size > most) throw tooLong(most);
    if (size < SMALL || size >= ALWAYS_UNMAPPED) return readFileSync(file, 'utf8');
    const bytes = Buffer.allocUnsafeSlow(ALWAYS_UNMAPPED);
    let end = 0;
    for (let read = -1; read !== 0 && end < bytes.length; end += read)
      read = readSync(file, bytes, end, bytes.length - end, null);
    return bytes.toString('utf8', 0, end);
  } finally {
    closeSync(file);
  }
}

function readPipe(file: number, most: number): string {
  const parts: Buffer[] = [];
  for (let length = 0; length <= most; ) {
    const part = Buffer.allocUnsafe(PART);
    const read = readSync(file, part);
    if (read === 0) return Buffer.concat(parts, length).toString('utf8');
    parts.push(part.subarray(0, read));
    length += read;
  }
  throw tooLong(most);
}

function tooLong(most: number): Error {
  return Object.assign(new Error(`EFBIG: it holds more than ${most / 1024 / 1024} MB`), { code: 'EFBIG' });
}
