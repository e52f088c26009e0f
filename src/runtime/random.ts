/** Unpredictable numbers: tags, branches, nonces and keys. Tests give a seeded one. */
export interface Random {
  /** `length` unpredictable bytes as lower-case hexadecimal (twice as many characters). */
  hex(length: number): string;
  /** An integer from 0 to `below` - 1. */
  below(below: number): number;
}
