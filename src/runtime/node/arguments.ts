import { parseArgs } from 'node:util';

/** What stands on a command line that knows these words: `--config DIR` for a text, `--help` for a flag. Throws an Error that says what does not fit. */
export function readArguments<const Text extends string, const Flag extends string>(
  texts: readonly Text[],
  flags: readonly Flag[],
): { readonly [K in Text]?: string } & { readonly [K in Flag]?: boolean } {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const word of texts) options[word] = { type: 'string' };
  for (const word of flags) options[word] = { type: 'boolean' };
  return parseArgs({ options }).values as never;
}
