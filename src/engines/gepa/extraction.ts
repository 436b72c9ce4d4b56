// The new text out of a proposer's answer.

/** Words that models write behind an opening fence. Only these go where text follows them on the same line. */
const LANGUAGES = new Set([
  ...["text", "txt", "plain", "plaintext", "markdown", "md", "prompt", "instruction", "instructions"],
  ...["json", "yaml", "yml", "toml", "xml", "html", "python", "py", "javascript", "js", "none"],
]);
const THOUGHT_END = "</think>";
const FENCE = "```";

/** A line of backticks: how many, and the rest of the line. */
interface FenceLine {
  ticks: number;
  info: string;
}

/** A fenced block of an answer. */
interface Block {
  /** Ticks of the fence that opened it. */
  ticks: number;
  start: number;
  text: string;
}

/**
 * The text that a proposer's answer holds: its longest complete fenced block (of equals the last), whose own inner blocks
 * belong to it; else what stands between fences on one line; else all that follows a fence that was never closed; else the
 * whole answer. A language word behind the fence and a model's thoughts in front (`<think>…</think>`) are no part of it.
 * Empty when the answer says nothing.
 */
export function extractInstruction(answer: string): string {
  const said = withoutThoughts(answer).trim();
  const { blocks, open } = fencedBlocks(said.split("\n"));
  if (blocks.length > 0) return longest(blocks.map(({ text }) => text));
  if (open !== undefined) return withoutWord(open);
  const inline = said.split(FENCE).filter((_, index, all) => index % 2 === 1 && index < all.length - 1);
  if (inline.length > 0) return longest(inline.map(withoutWord));
  return said.endsWith(FENCE) ? said.slice(0, -FENCE.length).trim() : said;
}

/** Reasoning models of some providers put their thoughts in front of the answer. */
function withoutThoughts(answer: string): string {
  if (!answer.trimStart().startsWith("<think>")) return answer;
  const end = answer.indexOf(THOUGHT_END);
  return end < 0 ? "" : answer.slice(end + THOUGHT_END.length);
}

/**
 * The outermost blocks of an answer, and the text of one that was never closed. A bare fence closes the innermost block
 * that is open if it has as many backticks or more; a fence with a word opens a block of its own.
 */
function fencedBlocks(lines: readonly string[]): { blocks: Block[]; open: string | undefined } {
  const blocks: Block[] = [];
  const stack: Block[] = [];
  for (const [at, line] of lines.entries()) {
    const fence = fenceLine(line);
    if (fence === undefined) continue;
    const top = stack.at(-1);
    const opens = top === undefined || (fence.info !== "" && isOneWord(fence.info));
    if (opens) {
      stack.push({ ticks: fence.ticks, start: at, text: "" });
    } else if (fence.info === "" && fence.ticks >= top.ticks) {
      stack.pop();
      if (stack.length === 0) blocks.push({ ...top, text: blockText(lines, top.start, at) });
    }
  }
  const [open] = stack;
  return { blocks, open: open && lines.slice(open.start).join("\n").trim().replace(/^`+/, "") };
}

/** The lines between two fences; of the first, what follows its language word. */
function blockText(lines: readonly string[], start: number, end: number): string {
  const info = fenceLine(lines[start] ?? "")?.info ?? "";
  const first = isOneWord(info) ? "" : withoutWord(info);
  return [first, ...lines.slice(start + 1, end)].join("\n").trim();
}

/** A line that begins with three backticks or more and has none after them; undefined for any other. */
function fenceLine(line: string): FenceLine | undefined {
  const trimmed = line.trim();
  let ticks = 0;
  while (trimmed[ticks] === "`") ticks += 1;
  const info = trimmed.slice(ticks).trim();
  return ticks < FENCE.length || info.includes("`") ? undefined : { ticks, info };
}

function isOneWord(info: string): boolean {
  return !/\s/.test(info);
}

/** The text behind an opening fence, without a language word. */
function withoutWord(text: string): string {
  const word = /^\S+/.exec(text)?.[0] ?? "";
  const rest = text.slice(word.length);
  const isLanguage = LANGUAGES.has(word.toLowerCase()) && rest.trim() !== "";
  const isInfo = word !== "" && rest.startsWith("\n");
  return (isLanguage || isInfo ? rest : text).trim();
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length >= best.length ? text : best), "");
}

/** A fence longer than any run of backticks in the texts, three at least. */
export function fenceFor(...texts: readonly string[]): string {
  let longest = FENCE.length - 1;
  for (const text of texts) {
    let run = 0;
    for (const char of text) {
      run = char === "`" ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
  }
  return "`".repeat(longest + 1);
}
