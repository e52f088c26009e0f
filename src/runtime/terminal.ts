/** The person in front of a program: what it prints, and what it asks. */
export interface Terminal {
  out(text: string): void;
  /** The same, until it is taken: where it is not, also because nobody reads any more, the program ends. */
  outWhole(text: string): Promise<void>;
  err(text: string): void;
  /** Columns of the terminal that `out` goes to; undefined where it is a pipe or a file. */
  readonly columns: number | undefined;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Asks for a line that is not shown while it is typed; undefined if the person gave up. */
  askHidden(question: string): Promise<string | undefined>;
  /** All of standard input, as UTF-8; undefined where it is more than `most` bytes. */
  input(most: number): Promise<string | undefined>;
  /** The first line of it, as `input`; what comes behind that is not waited for. */
  inputLine(most: number): Promise<string | undefined>;
}

/** What a program is told about where and as whom it runs. */
export interface Surroundings {
  readonly hostName: string;
  readonly uid: number;
  /** Whether the system's service is installed here. */
  readonly installed: boolean;
  /** Where the presets for providers lie: beside the program, or in the source that it was made from. */
  readonly presets: string;
  /** The login name. */
  readonly user: string;
  /** The home folder, absolute. */
  readonly home: string;
  variable(name: string): string | undefined;
  /** A path as the person typed it, made absolute. */
  absolute(path: string): string;
  /** What is at a path, `astray` a link that leads nowhere; a folder where this user may not look. */
  kindOf(path: string): 'folder' | 'other' | 'absent' | 'astray';
}
