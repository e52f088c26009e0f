import type { Level, Log } from '../../src/runtime/log.ts';

/** Collects sentences as `level: sentence`. */
export class SimLog implements Log {
  readonly lines: string[] = [];

  wants(): boolean {
    return true;
  }

  error(sentence: string): void {
    this.#add('error', sentence);
  }

  warning(sentence: string): void {
    this.#add('warning', sentence);
  }

  notice(sentence: string): void {
    this.#add('notice', sentence);
  }

  info(sentence: string): void {
    this.#add('info', sentence);
  }

  debug(sentence: string): void {
    this.#add('debug', sentence);
  }

  /** The lines of one level, without it. */
  of(level: Level): readonly string[] {
    return this.lines.filter((line) => line.startsWith(`${level}: `)).map((line) => line.slice(level.length + 2));
  }

  #add(level: Level, sentence: string): void {
    this.lines.push(`${level}: ${sentence}`);
  }
}
