/** The functions of a TypeScript module, with what each does. */
import type {
  ArrowFunctionExpression,
  CallExpression,
  Expression,
  Function as FunctionNode,
  Node,
  Statement,
} from 'oxc-parser';
import { childrenOf, type Module } from '../syntax/module.ts';
import { bare, chainOf, keyName, lastNameOf } from '../syntax/names.ts';
import { type Binding, type Callee, emptyFunction, type FunctionFacts, isStamp, type Step } from './function-facts.ts';
import type { ImportFacts } from './imports.ts';
import { workOf } from './work.ts';

interface Place extends Omit<Step, 'line'> {
  /** Place of the function in the list. */
  index: number;
}

const start: Omit<Step, 'line'> = { loops: [], leaving: 'no' };

export function functionsOf(module: Module, imports: readonly ImportFacts[]): FunctionFacts[] {
  const functions: FunctionFacts[] = [];
  const imported = new Map(imports.flatMap((each) => each.names.map(({ local }) => [local, each] as const)));
  let loops = 0;

  function enter(node: FunctionNode | ArrowFunctionExpression | Node, parent: Place | null, at: Step): void {
    const owner = classAround(module, node);
    const { name, isMember } = nameOf(module, node);
    const index = functions.length;
    functions.push(
      emptyFunction({
        name: parent === null ? 'module' : name,
        line: at.line,
        endLine: module.lineAt(node.end),
        className: owner?.id?.name ?? null,
        bases: (owner?.implements ?? []).flatMap(({ expression }) => chainOf(expression)?.at(-1) ?? []),
        isMember,
        parent: parent?.index ?? null,
        at,
      }),
    );
    for (const child of childrenOf(node)) walk(child, { ...start, index });
  }

  function walk(node: Node, place: Place): void {
    const facts = functions[place.index];
    if (facts === undefined) return;
    const at: Step = { line: module.lineOf(node), loops: place.loops, leaving: place.leaving };
    const work = workOf(node, imported, module.parentOf(node));
    if (work !== null) facts.work.push({ ...at, ...work });
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        enter(node, place, at);
        return;
      case 'CallExpression':
        noteCall(node, facts, at);
        break;
      case 'VariableDeclarator':
        if (node.id.type === 'Identifier' && node.init !== null) {
          facts.bindings.set(node.id.name, bindingsOf(node.init));
        }
        break;
      case 'ThrowStatement':
      case 'CatchClause':
        walkAll(childrenOf(node), { ...place, leaving: 'failing' });
        return;
      case 'ReturnStatement':
        walkAll(childrenOf(node), { ...place, leaving: leavingMore(place, 'returning') });
        return;
      case 'IfStatement':
        walk(node.test, place);
        walk(node.consequent, branch(node.consequent, place));
        if (node.alternate !== null) walk(node.alternate, branch(node.alternate, place));
        return;
      case 'ForStatement': {
        if (node.init !== null) walk(node.init, place);
        const inside = { ...place, loops: [...place.loops, loops++] };
        walkAll(
          [node.test, node.update, node.body].flatMap((part) => part ?? []),
          inside,
        );
        return;
      }
      case 'ForOfStatement':
      case 'ForInStatement':
        walk(node.right, place);
        walk(node.body, { ...place, loops: [...place.loops, loops++] });
        return;
      case 'WhileStatement':
      case 'DoWhileStatement':
        walkAll([node.test, node.body], { ...place, loops: [...place.loops, loops++] });
        return;
    }
    walkAll(childrenOf(node), place);
  }

  function walkAll(nodes: readonly Node[], place: Place): void {
    for (const node of nodes) walk(node, place);
  }

  enter(module.program, null, { ...start, line: 1 });
  return functions;
}

function noteCall(node: CallExpression, facts: FunctionFacts, at: Step): void {
  const callee = calleeOf(node.callee);
  if (callee === null) return;
  facts.calls.push({ ...at, callee });
  if (isStamp(callee)) facts.stamps.push(at);
}

function calleeOf(node: Node): Callee | null {
  if (node.type === 'Identifier') return { kind: 'name', name: node.name };
  if (node.type === 'ChainExpression') return calleeOf(node.expression);
  const name = lastNameOf(node);
  if (name === null || node.type !== 'MemberExpression') return null;
  if (node.object.type === 'ThisExpression') return { kind: 'own', name };
  return { kind: 'member', object: lastNameOf(node.object) ?? '', name };
}

/** What a name may stand for; several where a condition decides. */
function bindingsOf(init: Expression): Binding[] {
  const value = bare(init);
  if (value.type === 'ConditionalExpression') return [...bindingsOf(value.consequent), ...bindingsOf(value.alternate)];
  const isCall = value.type === 'CallExpression';
  const callee = calleeOf(isCall ? value.callee : value);
  return callee === null ? [] : [{ kind: isCall ? 'result' : 'alias', callee }];
}

/** A branch that ends by leaving is no part of what goes on. */
function branch(statement: Statement, place: Place): Place {
  const last = statement.type === 'BlockStatement' ? statement.body.at(-1) : statement;
  if (last?.type === 'ThrowStatement') return { ...place, leaving: 'failing' };
  const leaves = last?.type === 'ReturnStatement' || last?.type === 'BreakStatement';
  return leaves ? { ...place, leaving: leavingMore(place, 'returning') } : place;
}

function leavingMore({ leaving }: Place, more: Step['leaving']): Step['leaving'] {
  return leaving === 'failing' ? leaving : more;
}

/** Of a method, the class; undefined for all other functions. */
function classAround(module: Module, node: Node) {
  const parent = module.parentOf(node);
  if (parent?.type !== 'MethodDefinition' && parent?.type !== 'PropertyDefinition') return undefined;
  const body = module.parentOf(parent);
  const owner = body === undefined ? undefined : module.parentOf(body);
  return owner?.type === 'ClassDeclaration' || owner?.type === 'ClassExpression' ? owner : undefined;
}

function nameOf(module: Module, node: Node): { name: string; isMember: boolean } {
  if (node.type === 'FunctionDeclaration') return { name: node.id?.name ?? '', isMember: false };
  const parent = module.parentOf(node);
  switch (parent?.type) {
    case 'VariableDeclarator':
      return { name: chainOf(parent.id)?.[0] ?? '', isMember: false };
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return { name: keyName(parent.key) ?? '', isMember: true };
    default:
      return { name: '', isMember: false };
  }
}
