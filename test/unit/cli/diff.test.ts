import { describe, expect, it } from "vitest";
import { type DiffPart, diffLines, diffTokens, diffWords, wordsOf } from "../../../src/cli/diff.ts";
import { diffView } from "../../../src/cli/diff-view.ts";
import { painter } from "../../../src/cli/paint.ts";

const SIGNS = { same: " ", removed: "-", added: "+" };
const brief = (parts: DiffPart[]) => parts.map((part) => `${SIGNS[part.kind]}${part.text}`);
const plain = painter(false, {});
const coloured = painter(true, {});

describe("diff by lines", () => {
  it.each([
    ["nothing changed", "a\nb", "a\nb", [" a", " b"]],
    ["both empty", "", "", []],
    ["all new", "", "a\nb", ["+a", "+b"]],
    ["all gone", "a", "", ["-a"]],
    ["a line in the middle", "a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
    ["a line put in", "a\nc", "a\nb\nc", [" a", "+b", " c"]],
    ["a repeated line taken out", "a\na\nb", "a\nb", [" a", "-a", " b"]],
    ["lines swapped", "a\nb", "b\na", ["-a", " b", "+a"]],
    ["Windows line ends", "a\r\nb", "a\nb", [" a", " b"]],
  ])("%s", (_, before, after, parts) => {
    expect(brief(diffLines(before, after))).toEqual(parts);
  });

  it("rebuilds both texts from the parts", () => {
    const letters = (seed: number) =>
      Array.from({ length: 40 }, (_, at) => "abcd"[(at * at * seed + at) % 4] ?? "a");
    for (let seed = 1; seed < 30; seed++) {
      const before = letters(seed);
      const after = letters(seed * 7 + 1);
      const parts = diffTokens(before, after);
      const side = (gone: DiffPart["kind"]) =>
        parts.filter(({ kind }) => kind !== gone).map(({ text }) => text);
      expect(side("added")).toEqual(before);
      expect(side("removed")).toEqual(after);
    }
  });

  it("takes texts too long to compare as wholly replaced", () => {
    const before = Array.from({ length: 3000 }, (_, at) => `old ${at}`);
    const after = Array.from({ length: 3000 }, (_, at) => `new ${at}`);
    expect(diffTokens(before, after)).toHaveLength(6000);
  });
});

describe("diff by words", () => {
  it("joins neighbours of a kind and keeps placeholders whole", () => {
    expect(brief(diffWords("Read {query} now.", "Read the {query} twice."))).toEqual([
      " Read ",
      "+the ",
      " {query} ",
      "-now",
      "+twice",
      " .",
    ]);
  });

  it("splits text into words, blanks and signs that join to the text", () => {
    expect(wordsOf("é1_x  (a)\n")).toEqual(["é1_x", "  ", "(", "a", ")", "\n"]);
  });
});

describe("the view of a difference", () => {
  it("is empty when nothing changed", () => {
    expect(diffView("a\nb", "a\nb", plain)).toEqual([]);
  });

  it("folds the unchanged lines far from a change, but never a single one", () => {
    const lines = Array.from({ length: 12 }, (_, at) => `line ${at}`);
    const view = diffView(lines.join("\n"), [...lines.slice(0, 11), "new"].join("\n"), plain);
    expect(view).toEqual([
      "  … 8 unchanged lines",
      "  line 8",
      "  line 9",
      "  line 10",
      "- line 11",
      "+ new",
    ]);
    const short = diffView("1\n2\n3\n4\nx", "1\n2\n3\n4\ny", plain);
    expect(short[0]).toBe("  1");
  });

  it("sets off the changed words of a line in colour, unless it is another line altogether", () => {
    expect(diffView("Read the text", "Read the book", coloured)).toEqual([
      "\u001b[31m- Read the \u001b[7mtext\u001b[27m\u001b[39m",
      "\u001b[32m+ Read the \u001b[7mbook\u001b[27m\u001b[39m",
    ]);
    expect(diffView("abc", "xyz uvw", coloured).join("")).not.toContain("\u001b[7m");
  });

  it("does not let a prompt steer the terminal", () => {
    expect(diffView("a", "\u001b[2Jb", plain)).toEqual(["- a", "+ \\x1b[2Jb"]);
  });
});
