// Source files as syntax trees, for tests about the code itself.

import { parseAst } from "vitest/node";

/** A source file, by its path in the project, such as `src/wire/json.ts`. */
export interface SourceFile {
  path: string;
  text: string;
}

/** A node of an ESTree syntax tree. */
export interface SyntaxNode {
  type: string;
  /** Offsets into the text. */
  start: number;
  end: number;
  [key: string]: unknown;
}

/** A node with the node it stands in, and the key it stands under. */
export interface Visit {
  node: SyntaxNode;
  parent: SyntaxNode | undefined;
  key: string;
}

/** A file with all nodes of its tree, parents first. */
export interface ParsedFile extends SourceFile {
  visits: Visit[];
}

/** What a module asks for: `from` is undefined for an `import()` of something computed. */
export interface Import {
  node: SyntaxNode;
  from: string | undefined;
  dynamic: boolean;
}

/** Parses TypeScript. @throws SyntaxError */
export function parseFile({ path, text }: SourceFile): ParsedFile {
  const root: unknown = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" });
  const visits: Visit[] = [];
  collect(root, undefined, "", visits);
  return { path, text, visits };
}

/** Every import of a file: static, re-exporting, dynamic, and in types. */
export function importsOf({ visits }: ParsedFile): Import[] {
  return visits.flatMap(({ node }) => {
    if (!IMPORTING.includes(node.type) || node.source === null) return [];
    return [{ node, from: textOf(node.source), dynamic: node.type === "ImportExpression" }];
  });
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The text of a string literal; undefined for any other node. */
export function textOf(node: unknown): string | undefined {
  return isNode(node) && node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** The name that an identifier or a dotted path such as `storage.sql.exec` spells; "" for any other node. */
export function nameOf(node: unknown): string {
  if (!isNode(node)) return "";
  if (node.type === "Identifier") return String(node.name);
  if (node.type === "ThisExpression") return "this";
  if (node.type !== "MemberExpression") return "";
  const property = node.computed ? textOf(node.property) : nameOf(node.property);
  return `${nameOf(node.object)}.${property ?? ""}`;
}

const IMPORTING = [
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
];

function collect(value: unknown, parent: SyntaxNode | undefined, key: string, into: Visit[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, parent, key, into);
  } else if (isNode(value)) {
    into.push({ node: value, parent, key });
    for (const [name, child] of Object.entries(value)) collect(child, value, name, into);
  }
}

/** Whether a value is a node of a syntax tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
