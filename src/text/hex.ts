const twoDigits: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Eight hexadecimal digits of 32 bits, whatever their sign; `toString(16)` takes ten times as long for what needs all of them. */
export function hex32(bits: number): string {
  return twoDigits[bits >>> 24]! + twoDigits[(bits >>> 16) & 255]! + twoDigits[(bits >>> 8) & 255]! + twoDigits[bits & 255]!;
}

/** What the hexadecimal digits from `at` to `end` say, 13 at most; NaN where one is none. `Number.parseInt` takes several times as long. */
export function hexNumber(text: string, at = 0, end = text.length): number {
  let number = 0;
  for (let i = at; i < end; i++) {
    const code = text.charCodeAt(i);
    const small = code | 0x20;
    if (code >= 0x30 && code <= 0x39) number = number * 16 + code - 0x30;
    else if (small >= 0x61 && small <= 0x66) number = number * 16 + small - 0x57;
    else return Number.NaN;
  }
  return number;
}
