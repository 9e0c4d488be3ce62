/**
 * The source tree as the architecture tests see it: files, their text, their syntax. Everything found,
 * nothing listed.
 */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@babel/parser';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Any node of a syntax tree; the fields a test needs, it checks itself. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly leadingComments?: readonly { readonly type: string; readonly value: string }[];
  readonly [field: string]: unknown;
}

/**
 * One place where a file names another module: import, re-export, `import()`, import type,
 * `new URL(…, import.meta.url)`.
 */
export interface ModuleReference {
  readonly specifier: string;
  readonly line: number;
}

/** Folder → all files below it. Nothing changes while the tests look. */
const listings = new Map<string, readonly string[]>();

/**
 * All files below `folder` (relative to the root of the checkout), in order, whose name ends with one of
 * `endings`.
 */
export function filesIn(folder: string, ...endings: readonly string[]): string[] {
  const known = listings.get(folder);
  const all = known ?? filesBelow(folder).toSorted();
  if (known === undefined) listings.set(folder, all);
  return all.filter((path) => endings.some((ending) => path.endsWith(ending)));
}

function filesBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(`${root}${folder}`, { withFileTypes: true });
  } catch {
    return []; // A folder that does not exist has no files.
  }
  return entries
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

/** All TypeScript and plain JavaScript that people write here. */
export function allCode(): string[] {
  return ['src', 'test', 'examples', 'bench', 'scripts'].flatMap((folder) => filesIn(folder, '.ts', '.mjs'));
}

const texts = new Map<string, string>();

export function readText(path: string): string {
  const text = texts.get(path) ?? readFileSync(`${root}${path}`, 'utf8');
  texts.set(path, text);
  return text;
}

/**
 * How many lines of a file hold more than comments and blanks. Knows comments by how lines begin: ours do.
 */
export function countCodeLines(path: string): number {
  let count = 0;
  let inComment = false;
  for (const line of readText(path).split('\n')) {
    const text = line.trim();
    const begins = !inComment && text.startsWith('/*');
    if (!inComment && !begins && text !== '' && !text.startsWith('//')) count++;
    if (inComment || begins) inComment = !text.includes('*/');
  }
  return count;
}

const parsed = new Map<string, SyntaxNode>();

/** The syntax tree of a TypeScript or JavaScript file, comments attached to what they stand before. */
export function syntaxOf(path: string): SyntaxNode {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const tree = parseText(readText(path), path);
  parsed.set(path, tree);
  return tree;
}

/** The same for a text that is in no file. */
export function parseText(text: string, name: string): SyntaxNode {
  const { program } = parse(text, {
    sourceType: 'module',
    sourceFilename: name,
    attachComment: true,
    plugins: ['typescript', 'explicitResourceManagement'],
  });
  return program as unknown as SyntaxNode;
}

/** The statements at the top level of a file. */
export function statementsOf(path: string): readonly SyntaxNode[] {
  return syntaxOf(path).body as readonly SyntaxNode[];
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'loc' in value;
}

const walked = new WeakMap<SyntaxNode, readonly SyntaxNode[]>();

/** Every node below `node`, itself first, parents before children. */
export function descendants(node: SyntaxNode): readonly SyntaxNode[] {
  const known = walked.get(node);
  if (known !== undefined) return known;
  const found: SyntaxNode[] = [];
  const ahead = [node];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    found.push(next);
    ahead.push(...childrenOf(next).toReversed());
  }
  walked.set(node, found);
  return found;
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const field in node) {
    const value = node[field];
    if (typeof value !== 'object' || value === null || field.endsWith('Comments')) continue;
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) for (const one of value) if (isNode(one)) children.push(one);
  }
  return children;
}

/** The text of a string literal, or undefined for any other node. */
export function stringValue(node: unknown): string | undefined {
  return isNode(node) && node.type === 'StringLiteral' ? String(node.value) : undefined;
}

export function referencesOf(path: string): ModuleReference[] {
  return referencesIn(syntaxOf(path));
}

export function referencesIn(tree: SyntaxNode): ModuleReference[] {
  const found: ModuleReference[] = [];
  for (const node of descendants(tree)) {
    const specifier = stringValue(referenced(node));
    if (specifier !== undefined) found.push({ specifier, line: node.loc.start.line });
  }
  return found;
}

/** The node that names the module which `node` refers to, if it refers to one. */
function referenced(node: SyntaxNode): unknown {
  const firstArgument = (node.arguments as readonly unknown[] | undefined)?.[0];
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return node.source;
    case 'TSImportType':
      return isNode(node.argument) && node.argument.type === 'TSLiteralType'
        ? node.argument.literal
        : node.argument;
    case 'CallExpression':
      return isNode(node.callee) && node.callee.type === 'Import' ? firstArgument : undefined;
    case 'NewExpression':
      return isUrlClass(node.callee) && /^\.\.?\/.*\.[mc]?[jt]s$/.test(stringValue(firstArgument) ?? '')
        ? firstArgument
        : undefined;
    default:
      return undefined;
  }
}

function isUrlClass(node: unknown): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === 'URL';
}

/** The file a relative specifier in `path` means, relative to the root of the checkout. */
export function resolveReference(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}
