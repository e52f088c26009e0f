/** What a look at the machine finds; `otherwise` where it fails, for whatever reason: what is not there, another user's or gone says nothing. */
export function tried<T, Otherwise>(look: () => T, otherwise: Otherwise): T | Otherwise {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
