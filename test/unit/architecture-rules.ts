// The rules of the house that a machine can check: which folder may know which, and what no file may do.

import { posix } from "node:path";
import {
  importsOf,
  isNode,
  lineOf,
  nameOf,
  type ParsedFile,
  parseFile,
  type SourceFile,
  type SyntaxNode,
  textOf,
  type Visit,
} from "../support/syntax.ts";

/** The folders of `src` that each folder of `src` may import from, beside itself. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  config: ["wire"],
  engines: ["config", "wire"],
  inference: ["config", "wire"],
  rollouts: ["inference", "config", "wire"],
  validation: ["engines", "inference", "config", "wire"],
  durable: ["engines", "rollouts", "inference", "config", "wire"],
  worker: ["durable", "validation", "rollouts", "inference", "engines", "config", "wire"],
  client: ["wire"],
  cli: ["client", "validation", "wire"],
  dashboard: ["wire"],
};

/** Folders that take no package: they run in every host, and weigh nothing. */
const WITHOUT_PACKAGES = ["wire", "engines", "client", "cli"];
const WITH_NODE = ["cli", "client"];
const WITH_CLOUDFLARE = ["durable", "worker"];

/** What makes the same step end differently the second time. */
const IMPURE = [
  "Date",
  "console",
  "crypto",
  "fetch",
  "globalThis",
  "performance",
  "process",
  "queueMicrotask",
  "setInterval",
  "setTimeout",
];

const MAX_FILE_LINES = 350;
const MAX_FUNCTION_LINES = 70;
const SQL_HOME = "src/durable/sql.ts";
const ONLY_SQL_HOME = `only ${SQL_HOME} talks to the object's storage`;
/** Everything of an object's storage that holds rows or values; alarms and `deleteAll` are anybody's. */
const STORES = /(^|\.)storage\.(sql|kv|get|put|delete|list|transaction|transactionSync)$/;

interface Finding {
  node: SyntaxNode;
  message: string;
}

/** Where the files break the rules, as `path:line: what is wrong`; none when they keep them. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((source) => {
    const file = parseFile(source);
    const found = [...importFindings(file), ...file.visits.flatMap((visit) => nodeFindings(visit, file))];
    return [
      ...sizeFindings(file),
      ...found.map(({ node, message }) => `${file.path}:${lineOf(file.text, node.start)}: ${message}`),
    ];
  });
}

function sizeFindings({ path, text }: ParsedFile): string[] {
  const lines = text.trimEnd().split("\n").length;
  return lines > MAX_FILE_LINES ? [`${path}:1: ${lines} lines; a file has at most ${MAX_FILE_LINES}`] : [];
}

function importFindings(file: ParsedFile): Finding[] {
  return importsOf(file).flatMap(({ node, from, dynamic }) => {
    if (from === undefined) return [{ node, message: "what is imported must be written out" }];
    const messages = from.startsWith(".")
      ? relativeImport(file.path, from)
      : packageImport(file, node, from, dynamic);
    return messages.map((message) => ({ node, message }));
  });
}

function relativeImport(path: string, from: string): string[] {
  const messages = /\.tsx?$/.test(from) ? [] : [`"${from}" lacks its .ts extension`];
  const target = posix.join(posix.dirname(path), from);
  if (!target.startsWith("src/")) return [...messages, `src may not import ${target}`];
  const [own, other] = [folderOf(path), folderOf(target)];
  const allowed = MAY_IMPORT[own];
  if (allowed === undefined) return [...messages, `no rule says what src/${own} may import`];
  return own === other || allowed.includes(other)
    ? messages
    : [...messages, `${own} may not import ${other}`];
}

function packageImport({ path }: ParsedFile, node: SyntaxNode, from: string, dynamic: boolean): string[] {
  const folder = folderOf(path);
  if (from.startsWith("node:")) {
    if (!WITH_NODE.includes(folder)) return [`${folder} may not use ${from}`];
    return folder === "client" && !dynamic ? [`client may load ${from} only when it needs it`] : [];
  }
  if (from.startsWith("cloudflare:")) {
    return WITH_CLOUDFLARE.includes(folder) ? [] : [`${folder} may not use ${from}`];
  }
  if (WITHOUT_PACKAGES.includes(folder)) return [`${folder} may not use the package ${from}`];
  if (from === "zod" || from.startsWith("zod/")) return zodImport(node, from);
  return [];
}

function zodImport(node: SyntaxNode, from: string): string[] {
  const [specifier] = Array.isArray(node.specifiers) ? node.specifiers : [];
  const isWhole =
    from === "zod" && node.type === "ImportDeclaration" && specifier?.type === "ImportNamespaceSpecifier";
  return isWhole
    ? []
    : ['zod is imported as `import * as z from "zod"`, which weighs a quarter of the other form'];
}

function nodeFindings(visit: Visit, file: ParsedFile): Finding[] {
  const { node } = visit;
  const messages = [
    ...(folderOf(file.path) === "engines" ? impurity(visit) : []),
    ...forbiddenName(nameOf(node), file.path),
    ...unpackedStorage(node, file.path),
    ...(isRedirectError(node) ? ['workerd has no `redirect: "error"`; use "manual"'] : []),
    ...longFunction(node, file.text),
  ];
  return messages.map((message) => ({ node, message }));
}

function impurity({ node, parent, key }: Visit): string[] {
  const name = nameOf(node);
  if (name === "Math.random") return ["engines draw from the state's generator, not from Math.random"];
  const isLabel =
    !parent?.computed && (key === "key" || (key === "property" && parent?.type === "MemberExpression"));
  return IMPURE.includes(name) && !isLabel ? [`engines are pure and may not use ${name}`] : [];
}

function forbiddenName(name: string, path: string): string[] {
  if (name === "AbortSignal.timeout") {
    return ["AbortSignal.timeout leaks its timer; use a controller and clear its timer"];
  }
  if (path !== SQL_HOME && (/(^|\.)sql\.exec$/.test(name) || STORES.test(name))) return [ONLY_SQL_HOME];
  return [];
}

/** `const { sql } = ctx.storage` and the like. */
function unpackedStorage({ type, id, init }: SyntaxNode, path: string): string[] {
  if (type !== "VariableDeclarator" || path === SQL_HOME || !isNode(id) || !isNode(init)) return [];
  return id.type === "ObjectPattern" && /(^|\.)storage$/.test(nameOf(init)) ? [ONLY_SQL_HOME] : [];
}

function isRedirectError(node: SyntaxNode): boolean {
  return node.type === "Property" && keyOf(node) === "redirect" && textOf(node.value) === "error";
}

function keyOf(node: SyntaxNode): string {
  return textOf(node.key) ?? nameOf(node.key);
}

function longFunction(node: SyntaxNode, text: string): string[] {
  if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return [];
  const lines = text.slice(node.start, node.end).split("\n").length;
  return lines > MAX_FUNCTION_LINES ? [`${lines} lines; a function has at most ${MAX_FUNCTION_LINES}`] : [];
}

function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}
