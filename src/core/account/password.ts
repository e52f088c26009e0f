import type { Random } from '../../runtime/random.ts';

/** Nothing that is taken for something else on a screen or on paper: no 0 and o, no 1 and l, no capitals. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 3;
const LETTERS = 5;

/** Characters of a password that a person chooses, at most. */
export const PASSWORD_MOST = 128;

/** A password to be typed into a phone: three groups of five letters and digits, 75 bits. */
export function randomPassword(random: Random): string {
  const letter = () => ALPHABET[random.below(ALPHABET.length)];
  return Array.from({ length: GROUPS }, () => Array.from({ length: LETTERS }, letter).join('')).join('-');
}
