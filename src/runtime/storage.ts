/** Files of the state directory. Paths are relative to it; text is UTF-8. */
export interface Storage {
  /** The whole file, or its last so many bytes (which may begin within a character); undefined if there is none. Throws StorageError. */
  read(path: string, last?: number): string | undefined;
  /** Names in a folder, sorted; empty if there is none. Throws StorageError. */
  list(folder: string): readonly string[];
  /**
   * Replaces the file: temporary file, fsync, rename. After it resolves the new text survives a power cut. Mode 0600 unless given. Rejects
   * with a StorageError.
   */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Resolves also where there is none. Rejects with a StorageError. */
  remove(path: string): Promise<void>;
  /** Makes a folder, unless it is there. Mode 0700. Rejects with a StorageError. */
  makeFolder(folder: string): Promise<void>;
  /** An append-only file, kept open. Throws StorageError. */
  journal(path: string): Journal;
  /** Calls back, soon after anything in `folder` changed. Returns how to stop. Throws StorageError if the folder cannot be made. */
  watch(folder: string, changed: () => void): () => void;
}

export interface Journal {
  /** Bytes in the file. */
  readonly size: number;
  /** Appends text in the order in which it is asked to. Rejects with a StorageError; a part that was written is cut off again. */
  append(text: string): Promise<void>;
  /** Replaces the whole content, by a new file and rename. */
  replace(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The system refused a file: `code` is its errno name, such as `ENOSPC`. */
export class StorageError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
