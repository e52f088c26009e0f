import { readFileSync, writeFileSync } from 'node:fs';

// What a phone says and hears, as WAV files of 16-bit samples: a tone of its own for each, so that it is known who was heard.

const RATE = 8_000;
/** Seconds of one look at the sound. */
const FRAME = 0.05;
const QUIETEST = 300;

/** Writes so many seconds of a sine. */
export function writeTone(path: string, hz: number, seconds = 40): void {
  const samples = Int16Array.from({ length: seconds * RATE }, (_, i) => 16_000 * Math.sin((2 * Math.PI * hz * i) / RATE));
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(2 * RATE, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
}

/** For how many seconds a recording is mostly this tone. Its header may never have been finished. */
export function heard(path: string, hz: number): number {
  const { samples, rate } = readWav(readFileSync(path));
  const length = Math.floor(rate * FRAME);
  let frames = 0;
  for (let at = 0; at + length <= samples.length; at += length)
    if (isTone(samples.subarray(at, at + length), hz / rate)) frames++;
  return Math.round(frames * FRAME * 100) / 100;
}

/** Goertzel: whether more than 60 % of the energy lie at this frequency, a share of the rate. */
function isTone(frame: Float64Array, frequency: number): boolean {
  const c = 2 * Math.cos(2 * Math.PI * frequency);
  let [s1, s2, energy] = [0, 0, 0];
  for (const x of frame) {
    [s1, s2] = [x + c * s1 - s2, s1];
    energy += x * x;
  }
  const power = s1 * s1 + s2 * s2 - c * s1 * s2;
  return Math.sqrt(energy / frame.length) >= QUIETEST && (2 * power) / (frame.length * energy) >= 0.6;
}

function readWav(file: Buffer): { readonly samples: Float64Array; readonly rate: number } {
  let [rate, channels] = [RATE, 1];
  for (let at = 12; at + 8 <= file.length; ) {
    const kind = file.toString('latin1', at, at + 4);
    const said = file.readUInt32LE(at + 4);
    at += 8;
    if (kind === 'fmt ') [channels, rate] = [file.readUInt16LE(at + 2), file.readUInt32LE(at + 4)];
    if (kind === 'data') {
      const length = said === 0 || at + said > file.length ? file.length - at : said;
      const samples = Float64Array.from({ length: Math.floor(length / 2 / channels) }, (_, i) =>
        file.readInt16LE(at + 2 * i * channels),
      );
      return { samples, rate };
    }
    at += said + (said & 1);
  }
  return { samples: new Float64Array(), rate };
}
