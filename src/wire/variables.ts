// `$NAME` and `${NAME}`: values that a config leaves to the environment. The one reading of them, for the SDK and the service.

/** A text with its variables filled in, and the names of those that have no value; they stand as they were. */
export interface Expansion {
  text: string;
  unset: string[];
}

/** The variable that a whole text stands for, white space around it aside; undefined for any other text. */
export function variableIn(text: string): string | undefined {
  const trimmed = text.trim();
  const found = variableAt(trimmed, 0);
  return found?.end === trimmed.length ? found.name : undefined;
}

/** Fills in every variable of a text, in linear time. What `lookup` gives is not searched again. */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): Expansion {
  const unset: string[] = [];
  let expanded = "";
  let at = 0;
  for (let dollar = text.indexOf("$"); dollar !== -1; dollar = text.indexOf("$", at)) {
    const found = variableAt(text, dollar);
    const end = found?.end ?? dollar + 1;
    const value = found && lookup(found.name);
    if (found && value === undefined) unset.push(found.name);
    expanded += text.slice(at, dollar) + (value ?? text.slice(dollar, end));
    at = end;
  }
  return { text: expanded + text.slice(at), unset };
}

/** A variable that begins here. Without braces its name is in capitals: other words after a dollar sign are text. */
function variableAt(text: string, dollar: number): { name: string; end: number } | undefined {
  if (text[dollar] !== "$") return undefined;
  const braced = text[dollar + 1] === "{";
  const from = dollar + (braced ? 2 : 1);
  let to = from;
  while (to < text.length && isNameCharacter(text.charCodeAt(to), to > from)) to++;
  const name = text.slice(from, to);
  if (name === "") return undefined;
  if (braced) return text[to] === "}" ? { name, end: to + 1 } : undefined;
  return name === name.toUpperCase() ? { name, end: to } : undefined;
}

function isNameCharacter(code: number, digitsToo: boolean): boolean {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
  return isLetter || (digitsToo && code >= 48 && code <= 57);
}
