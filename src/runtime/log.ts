const levels = ['error', 'warning', 'notice', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

export const isLevel = (word: string): word is Level => levels.some((level) => level === word);

/** What the log says of a bug: whatever was thrown, with its stack if it has one. */
export const stackOf = (error: unknown): string => String(error instanceof Error ? error.stack : error);

/** Where sentences for the operator go. Never a password, digest, nonce, key or message body. */
export interface Log {
  /** Whether a line of this level would be written: asked before an expensive sentence is built. */
  wants(level: Level): boolean;
  error(sentence: string): void;
  warning(sentence: string): void;
  notice(sentence: string): void;
  info(sentence: string): void;
  debug(sentence: string): void;
}
