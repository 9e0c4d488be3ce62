/**
 * Every public name tells what it does: walks the public faces and asks for the docstring where the name is
 * declared.
 */
import { describe, expect, test } from 'vitest';
import { filesIn, isNode, resolveReference, type SyntaxNode, statementsOf, stringValue } from './tree.ts';

interface Declaration {
  readonly path: string;
  readonly node: SyntaxNode;
}

const faces = filesIn('src', '.ts').filter((path) => path.split('/').length === 2);
const exported = faces.flatMap((face) => publicNames(face).map((name) => ({ face, name })));

describe('public exports', () => {
  test.runIf(faces.length > 0)('there are some', () => {
    expect(exported.length).toBeGreaterThan(0);
  });

  test('every export has a docstring', { timeout: 120_000 }, () => {
    const bare = exported.flatMap(({ face, name }) => {
      const declarations = declarationsOf(face, name);
      if (declarations.length === 0) return [`${face} exports ${name}, whose declaration was not found`];
      if (declarations.some(hasDocstring)) return [];
      return declarations
        .slice(0, 1)
        .map(({ path, node }) => `${path}:${node.loc.start.line} ${name} (${face})`);
    });
    expect([...new Set(bare)], 'exports without a /** docstring */').toEqual([]);
  });

  test('every public method of an exported class has a docstring', () => {
    const bare = exported.flatMap(({ face, name }) =>
      declarationsOf(face, name).flatMap(({ path, node }) =>
        methodsOf(node)
          .filter((member) => docstring(member) === undefined)
          .map((member) => `${path}:${member.loc.start.line} ${name}.${nameOf(member.key)}`),
      ),
    );
    expect([...new Set(bare)], 'public methods without a /** docstring */').toEqual([]);
  });
});

/**
 * Methods whose meaning JavaScript itself fixes: those of Map and Set, of iterators, and of conversion to
 * text.
 */
const wellKnown = [
  'next',
  'return',
  'throw',
  'has',
  'keys',
  'values',
  'entries',
  'forEach',
  'toString',
  'toJSON',
];

/** Names that a module exports, its `export *` followed. */
function publicNames(path: string): string[] {
  return statementsOf(path).flatMap((statement) => {
    if (statement.type === 'ExportAllDeclaration') return publicNames(target(path, statement));
    if (statement.type !== 'ExportNamedDeclaration') return [];
    if (isNode(statement.declaration)) return declaredNames(statement.declaration);
    return specifiersOf(statement).map((specifier) => nameOf(specifier.exported));
  });
}

/**
 * Where `name`, exported by `path`, is declared. Several nodes for overloads, or for a type and a value of
 * one name.
 */
function declarationsOf(path: string, name: string): Declaration[] {
  return statementsOf(path).flatMap((statement): Declaration[] => {
    if (statement.type === 'ExportAllDeclaration') return declarationsOf(target(path, statement), name);
    if (statement.type === 'ExportNamedDeclaration' && isNode(statement.declaration)) {
      // The docstring stands before `export`, or before the declaration where the two are apart.
      return declaredNames(statement.declaration).includes(name)
        ? [{ path, node: withComments(statement, statement.declaration) }]
        : [];
    }
    const specifier = specifiersOf(statement).find((each) => nameOf(each.exported) === name);
    if (specifier === undefined)
      return declaredNames(statement).includes(name) ? [{ path, node: statement }] : [];
    const local = nameOf(specifier.local);
    if (stringValue(statement.source) !== undefined) return declarationsOf(target(path, statement), local);
    // `export { name }` of something declared above it, or imported.
    return local === name ? [] : declarationsOf(path, local);
  });
}

function withComments(outer: SyntaxNode, inner: SyntaxNode): SyntaxNode {
  const leadingComments = outer.leadingComments ?? inner.leadingComments;
  return leadingComments === undefined ? inner : { ...inner, leadingComments };
}

function specifiersOf(statement: SyntaxNode): SyntaxNode[] {
  return statement.type === 'ExportNamedDeclaration' ? (statement.specifiers as SyntaxNode[]) : [];
}

function target(path: string, statement: SyntaxNode): string {
  return resolveReference(path, stringValue(statement.source) ?? '');
}

function declaredNames(declaration: SyntaxNode): string[] {
  if (declaration.type === 'VariableDeclaration') {
    return (declaration.declarations as SyntaxNode[]).map((each) => nameOf(each.id));
  }
  return isNode(declaration.id) ? [nameOf(declaration.id)] : [];
}

function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  return typeof node.name === 'string' ? node.name : (stringValue(node) ?? '');
}

function hasDocstring({ node }: Declaration): boolean {
  return docstring(node) !== undefined;
}

function docstring(node: SyntaxNode): string | undefined {
  return node.leadingComments?.findLast(({ type, value }) => type === 'CommentBlock' && value.startsWith('*'))
    ?.value;
}

/** Public methods, getters and setters of a class that are not overrides of something told above. */
function methodsOf(declaration: SyntaxNode): SyntaxNode[] {
  const body = isNode(declaration.body) ? (declaration.body.body as SyntaxNode[] | undefined) : undefined;
  const kinds = ['ClassMethod', 'TSDeclareMethod'];
  const methods = (Array.isArray(body) ? body : []).filter(
    (member) => kinds.includes(member.type) && member.computed !== true && member.kind !== 'constructor',
  );
  const told = new Set(
    methods.filter((member) => docstring(member) !== undefined).map(({ key }) => nameOf(key)),
  );
  return methods.filter(
    (member) =>
      member.override !== true &&
      member.accessibility !== 'private' &&
      member.accessibility !== 'protected' &&
      !nameOf(member.key).startsWith('_') &&
      !wellKnown.includes(nameOf(member.key)) &&
      !(docstring(member) === undefined && told.has(nameOf(member.key))),
  );
}
