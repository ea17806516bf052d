/** What takes time, memory or the event loop, and has no place between two tokens. */
import type { CallExpression, Node } from 'oxc-parser';
import { chainOf, lastNameOf, stringOf } from '../syntax/names.ts';
import type { Work } from './function-facts.ts';
import type { ImportFacts } from './imports.ts';

type Found = Pick<Work, 'kind' | 'what'> | null;

const ioModules =
  /^(node:)?(fs|fs\/promises|http|https|http2|net|child_process|readline|readline\/promises|worker_threads|stream\/promises)$|^zx$/;
const timerModules = /^(node:)?timers(\/promises)?$/;
const timers = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);
/** Methods that return a new text. */
const formatting = new Set([
  ...['toFixed', 'toString', 'toLocaleString', 'toPrecision', 'toISOString', 'padStart', 'padEnd'],
  ...['join', 'repeat', 'replace', 'replaceAll', 'toUpperCase', 'toLowerCase', 'trim'],
]);
/** Methods that return a new list. */
const listing = new Set([
  'map',
  'filter',
  'flatMap',
  'flat',
  'slice',
  'concat',
  'split',
  'splice',
  'toSorted',
  'toReversed',
]);
const objectLists = new Set(['keys', 'values', 'entries', 'fromEntries']);

/** @param imported imports by the names that they have in the module */
export function workOf(node: Node, imported: ReadonlyMap<string, ImportFacts>, parent: Node | undefined): Found {
  switch (node.type) {
    case 'CallExpression':
      return workOfCall(node, imported);
    case 'NewExpression':
      return { kind: 'allocation', what: `new ${lastNameOf(node.callee) ?? 'object'}` };
    case 'ArrayExpression':
      return { kind: 'allocation', what: 'an array' };
    case 'ObjectExpression':
      return { kind: 'allocation', what: 'an object' };
    case 'FunctionExpression':
      return parent?.type === 'MethodDefinition' ? null : { kind: 'allocation', what: 'a closure' };
    case 'ArrowFunctionExpression':
      return { kind: 'allocation', what: 'a closure' };
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? null : { kind: 'formatting', what: 'a template' };
    case 'BinaryExpression': {
      const isText = node.operator === '+' && [node.left, node.right].some((side) => stringOf(side) !== null);
      return isText ? { kind: 'formatting', what: 'a text that is put together' } : null;
    }
    case 'ImportExpression':
      return { kind: 'I/O', what: 'import()' };
    case 'AwaitExpression':
      return foreignWait(node.argument, imported);
    default:
      return null;
  }
}

function workOfCall(node: CallExpression, imported: ReadonlyMap<string, ImportFacts>): Found {
  const chain = chainOf(node.callee);
  const name = lastNameOf(node.callee);
  if (name === null) return null;
  const what = chain?.join('.') ?? `.${name}`;
  const first = chain?.[0] ?? '';
  const source = imported.get(first)?.specifier ?? '';
  if (ioModules.test(source)) return { kind: 'I/O', what };
  if (timerModules.test(source)) return { kind: 'pause', what };
  if (/command-line\/(terminal|progress)\.ts$/.test(source)) return { kind: 'printing', what };
  if (/command-line\/format\.ts$/.test(source)) return { kind: 'formatting', what };
  if (chain?.length === 1) {
    if (timers.has(first)) return { kind: 'pause', what };
    if (first === 'fetch') return { kind: 'I/O', what };
    if (first === 'structuredClone') return { kind: 'allocation', what };
    return first === 'String' ? { kind: 'formatting', what } : null;
  }
  if (first === 'performance' && (name === 'mark' || name === 'measure')) return { kind: 'allocation', what };
  if (first === 'console') return { kind: 'printing', what };
  if (first === 'process' && (name === 'write' || name === 'send')) return { kind: 'I/O', what };
  if (first === 'JSON') return { kind: 'JSON', what };
  if (what === 'Atomics.wait') return { kind: 'pause', what };
  if (first === 'Object' && objectLists.has(name)) return { kind: 'allocation', what };
  if (/(Array|Buffer|Set|Map)$/.test(first) && (name === 'from' || name === 'of')) return { kind: 'allocation', what };
  if (name === 'detokenize' || name === 'tokenize') return { kind: 'formatting', what };
  if (formatting.has(name)) return { kind: 'formatting', what };
  return listing.has(name) ? { kind: 'allocation', what } : null;
}

/** An engine is asked through an object or a function of its framework; all else that is waited for is foreign. */
function foreignWait(argument: Node, imported: ReadonlyMap<string, ImportFacts>): Found {
  if (argument.type === 'NewExpression')
    return { kind: 'wait', what: `await new ${lastNameOf(argument.callee) ?? ''}` };
  if (argument.type === 'Literal') return { kind: 'wait', what: 'await of a value' };
  if (argument.type !== 'CallExpression') return null;
  const chain = chainOf(argument.callee);
  if (chain === null) return null;
  const what = `await ${chain.join('.')}`;
  if (chain[0] === 'Promise') return { kind: 'wait', what };
  const source = imported.get(chain[0] ?? '');
  if (source === undefined) return null;
  const isEngine = source.target !== null && /^scripts\/(frameworks|engine|models)\//.test(source.target);
  return isEngine ? null : { kind: 'wait', what };
}
