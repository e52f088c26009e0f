/** What a line of a file of ours holds; undefined where it was torn by a crash or written by hand. */
export function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
