// Specifications: files that a config names by `spec_path`. The service cannot see them, so the CLI and the SDK read
// them and send their text beside the path, as `spec_text`. What both sides must agree on is here.

/** The option that names the file, in the SDK's folder. */
export const SPEC_PATH = "spec_path";
/** The option beside it that holds the file's text. */
export const SPEC_TEXT = "spec_text";

/** The tables of a job that may have the two, under the protocol's own names. */
export const SPEC_HOLDERS: readonly (readonly string[])[] = [
  ["gepa"],
  ["mipro"],
  ["verifier"],
  ["gepa", "verifier"],
  ["mipro", "verifier"],
];

/** Bytes of a specification: a few times what a proposer is shown of it, and several of them fit into a submission. */
export const MAX_SPEC_BYTES = 128 * 1024;
