/** Durations are differences of the monotonic clock: the wall clock is set, and jumps. */
import type { Node } from 'oxc-parser';
import { callsOf } from '../python/calls.ts';
import type { Rule } from '../rule.ts';
import { chainOf, isCallOf, lastNameOf } from '../syntax/names.ts';

const pythonClocks =
  /^(time\.time|time\.time_ns|datetime\.now|datetime\.utcnow|datetime\.datetime\.now|datetime\.today)$/;

export const wallClock: Rule = {
  id: 'wall-clock',
  asks: 'Durations come from the monotonic clock, never from Date or time.time.',
  *inModule({ nodes, lineOf, parentOf }) {
    for (const node of nodes) {
      if (node.type === 'CallExpression' && isCallOf(node, 'Date.now')) {
        yield { line: lineOf(node), message: 'Date.now() is the wall clock' };
      }
      if (node.type === 'MemberExpression' && chainOf(node)?.join('.') === 'performance.timeOrigin') {
        yield { line: lineOf(node), message: 'performance.timeOrigin is on the wall clock' };
      }
      if (isNow(node) && isCalculatedWith(parentOf(node))) {
        yield { line: lineOf(node), message: 'new Date() is used as a number, which is the wall clock' };
      }
    }
  },
  *inPython({ statements }) {
    for (const { tokens } of statements) {
      for (const { chain, line } of callsOf(tokens)) {
        const name = chain.join('.');
        if (pythonClocks.test(name)) yield { line, message: `${name}() is the wall clock` };
      }
    }
  },
};

function isNow(node: Node): boolean {
  return node.type === 'NewExpression' && lastNameOf(node.callee) === 'Date' && node.arguments.length === 0;
}

function isCalculatedWith(parent: Node | undefined): boolean {
  if (parent?.type === 'BinaryExpression') return true;
  if (parent?.type === 'UnaryExpression') return parent.operator === '+';
  if (parent?.type === 'CallExpression') return lastNameOf(parent.callee) === 'Number';
  return parent?.type === 'MemberExpression' && ['getTime', 'valueOf'].includes(lastNameOf(parent) ?? '');
}
