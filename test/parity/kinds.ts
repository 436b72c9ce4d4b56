// What a kind of recording is to the replay: how it is recognised, and the cases in it. New kinds join the list in
// all-kinds.ts.

/** The first place where a replay and a recording differ. */
export interface Difference {
  /** Which decision, such as `event 12` or `draw 3`. */
  at: string;
  expected: string;
  found: string;
}

/** One recording to be replayed. */
export interface ParityCase {
  name: string;
  /** Undefined when the replay equals the recording. A case that throws has failed too. */
  run(): Promise<Difference | undefined>;
}

/** A kind of recording, told by what is in a file and not by what the file is called. */
export interface ParityKind {
  name: string;
  /** Whether the parsed file is of this kind. */
  recognises(file: unknown): boolean;
  /** The cases in such a file; `path` is where it stands, for files that belong together. */
  cases(file: unknown, path: string): ParityCase[];
}
