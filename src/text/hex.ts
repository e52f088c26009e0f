const twoDigits: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Eight hexadecimal digits of 32 bits, whatever their sign; `toString(16)` takes ten times as long for what needs all of them. */
export function hex32(bits: number): string {
  return twoDigits[bits >>> 24]! + twoDigits[(bits >>> 16) & 255]! + twoDigits[(bits >>> 8) & 255]! + twoDigits[bits & 255]!;
}
