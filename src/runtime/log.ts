/** Where sentences for the operator go. Never a password, digest, nonce, key or message body. */
export type Level = 'error' | 'warning' | 'notice' | 'info' | 'debug';

export interface Log {
  /** Whether a line of this level would be written: asked before an expensive sentence is built. */
  wants(level: Level): boolean;
  error(sentence: string): void;
  warning(sentence: string): void;
  notice(sentence: string): void;
  info(sentence: string): void;
  debug(sentence: string): void;
}

const levels: readonly string[] = ['error', 'warning', 'notice', 'info', 'debug'] satisfies Level[];

export const isLevel = (word: string): word is Level => levels.includes(word);
