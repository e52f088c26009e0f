/** Files that are only read: the configuration. Paths are absolute; text is UTF-8. */
export interface Files {
  /**
   * The whole file, or undefined if there is none. Throws FileError if it is there and cannot be read, as a link that leads nowhere, or a
   * pipe: `pipes`, for who has time to wait, reads what comes out of one.
   */
  read(path: string, pipes?: boolean): string | undefined;
  /** Names in a folder in no order, empty if there is none. Throws FileError if it is there and cannot be listed, as a plain file. */
  list(folder: string): readonly string[];
  /**
   * Why the text of a file may be somebody else's than of whoever owns its folder, root and this program: a sentence. Undefined where it
   * may not, and where files have no owners.
   */
  readonly exposed?: (path: string) => string | undefined;
}

/** The names in a folder; none where it cannot be listed. */
export function namesIn(files: Pick<Files, 'list'>, folder: string): readonly string[] {
  try {
    return files.list(folder);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return [];
  }
}

/** A file that exists but could not be read. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly path: string;
  /** Whether another user may be able to read it. */
  readonly denied: boolean;

  /** @param why the system's words, such as `permission denied` */
  constructor(path: string, why: string, cause: unknown, denied = false) {
    super(why, { cause });
    this.path = path;
    this.denied = denied;
  }
}
