/** A TypeScript module as a syntax tree. Types are left out of the walk: what they hold never runs. */
import { type Node, type Program, parseSync, visitorKeys } from 'oxc-parser';
import { linesOf } from './lines.ts';

export interface Module {
  readonly file: string;
  readonly text: string;
  readonly program: Program;
  /** Of everything that is run, parents before their children, in the order of the text. */
  readonly nodes: readonly Node[];
  /** Undefined for the program. */
  parentOf(node: Node): Node | undefined;
  /** Counted from 1; of a call in a chain the line of its own name. */
  lineOf(node: Node): number;
  lineAt(offset: number): number;
  /** Offsets of the comments, without their marks. */
  readonly comments: ReadonlyArray<{ start: number; end: number; value: string }>;
  /** What the parser could not read; the tree is empty then. */
  readonly errors: ReadonlyArray<{ message: string; line: number }>;
}

export function parseModule(file: string, text: string): Module {
  const parsed = parseSync(file, text, { lang: 'ts', sourceType: 'module', preserveParens: false });
  const lineAt = linesOf(text);
  const nodes: Node[] = [];
  const parents = new Map<Node, Node>();
  const { program } = parsed;
  visit(program, nodes, parents);
  return {
    file,
    text,
    program,
    nodes,
    parentOf: (node) => parents.get(node),
    lineOf: (node) => lineAt(beginOf(node)),
    lineAt,
    comments: parsed.comments,
    errors: parsed.errors.map(({ message, labels }) => ({ message, line: lineAt(labels[0]?.start ?? 0) })),
  };
}

function beginOf(node: Node): number {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return node.start;
  return node.callee.property.start;
}

function visit(node: Node, nodes: Node[], parents: Map<Node, Node>): void {
  nodes.push(node);
  for (const child of childrenOf(node)) {
    parents.set(child, node);
    visit(child, nodes, parents);
  }
}

/** Those that run, in the order of the text. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value: unknown = Reflect.get(node, key);
    if (Array.isArray(value)) {
      for (const each of value) if (isRunning(each)) children.push(each);
    } else if (isRunning(value)) {
      children.push(value);
    }
  }
  return children;
}

/** Syntax of TypeScript that has an expression inside. */
const transparent = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSInstantiationExpression',
]);

function isRunning(value: unknown): value is Node {
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') return false;
  return !value.type.startsWith('TS') || transparent.has(value.type);
}
