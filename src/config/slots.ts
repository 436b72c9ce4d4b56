// Instruction slots: the parts in which an instruction is optimised, each a text of its own.

const BREAK = "\n\n";
const FENCE = "```";

/**
 * A text in at most `slots` parts of about the same length, split at blank lines but never inside a fenced block. Joined
 * by a blank line they are the text again.
 */
export function slotTexts(text: string, slots: number): string[] {
  const blocks = blocksOf(text);
  if (blocks.length <= slots) return blocks;
  const target = text.length / slots;
  const groups: string[][] = [];
  let before = 0;
  for (const block of blocks) {
    const wanted = Math.min(slots - 1, Math.floor((before + block.length / 2) / target));
    if (groups.length === 0 || wanted >= groups.length) groups.push([]);
    groups.at(-1)?.push(block);
    before += block.length + BREAK.length;
  }
  return groups.map((group) => group.join(BREAK));
}

/** The paragraphs of a text; one that says nothing or stands in an open fence belongs to the one before it. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  for (const piece of text.split(BREAK)) {
    const last = blocks.at(-1);
    if (last !== undefined && (piece.trim() === "" || last.trim() === "" || isOpen(last))) {
      blocks[blocks.length - 1] = last + BREAK + piece;
    } else {
      blocks.push(piece);
    }
  }
  return blocks;
}

function isOpen(text: string): boolean {
  return text.split(FENCE).length % 2 === 0;
}
