// Paths into a config, and how they are written: dotted for people, as a JSON pointer (RFC 6901) for programs.

/** Keys and list indexes from the root of a value to a part of it. */
export type Path = readonly (string | number)[];

/** The table that a job's config stands in, and the first word of every path that is shown. */
export const SECTION = "prompt_learning";

const MAX_KEY_CHARS = 60;
const UNSAFE_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** Whether a key could reach an object's prototype when it is written carelessly; configs must not hold one. */
export function isUnsafeKey(key: string): boolean {
  return UNSAFE_KEYS.has(key);
}

/** `prompt_learning.initial_prompt.messages[0].role`; keys with other characters than a bare TOML key are quoted. */
export function dotted(path: Path): string {
  let out = "";
  for (const part of path) {
    if (typeof part === "number") out += `[${part}]`;
    else out += (out === "" ? "" : ".") + keyText(part);
  }
  return out;
}

/** `/prompt_learning/initial_prompt/messages/0/role`. */
export function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** One text per path, for use as a map's key. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** A path in the words of the section: with `prompt_learning` in front, once. */
export function underSection(path: Path): Path {
  return path[0] === SECTION ? path : [SECTION, ...path];
}

function keyText(key: string): string {
  const short = key.length > MAX_KEY_CHARS ? `${key.slice(0, MAX_KEY_CHARS)}…` : key;
  return key.length <= MAX_KEY_CHARS && [...key].every(isBareCharacter) && key !== ""
    ? key
    : JSON.stringify(short);
}

function isBareCharacter(char: string): boolean {
  return /[A-Za-z0-9_-]/.test(char);
}
