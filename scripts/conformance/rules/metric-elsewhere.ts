/** A metric has one formula, in the results: what computes it a second time will differ one day. */
import type { Node } from 'oxc-parser';
import { roomOf } from '../layers.ts';
import type { Rule } from '../rule.ts';
import { chainOf, keyName, lastNameOf } from '../syntax/names.ts';

/** Figures that docs/measurement.md defines. */
const metric =
  /^((ttft|tpot|itl|e2e)(Ms|Ns|Us|Seconds)?|tps|(mean|median|decode|prefill|e2e)?[tT]okensPerS(econd)?|(memory|param)ThroughputGbPerS(econd)?)$/;
const pythonMetric =
  /^((ttft|tpot|itl|e2e)(_ms|_ns|_us|_s|_seconds)?|tps|((decode|prefill|e2e)_)?tokens_per_s(ec|econd)?)$/;
const ends = new Set(['firstTokenNs', 'lastTokenNs', 'promptEvaluatedNs']);
const starts = new Set(['startNs', 'submitNs', 'firstTokenNs', 'promptEvaluatedNs', 't0Ns', 'scheduledNs']);

export const metricElsewhere: Rule = {
  id: 'metric-elsewhere',
  asks: 'TTFT, TPOT and rates are computed in scripts/results, figures.ts and tables.ts of the workloads, and nowhere else.',
  *inModule({ file, nodes, lineOf }) {
    if (roomOf(file) === 'scripts/results' || file.startsWith('scripts/log/figures/')) return;
    for (const node of nodes) {
      if (node.type === 'BinaryExpression' && node.operator === '-') {
        const [end, start] = [lastName(node.left), lastName(node.right)];
        if (ends.has(end) && starts.has(start)) {
          yield { line: lineOf(node), message: `${end} - ${start} is a figure of the results` };
        }
      }
      const named = valueNamed(node);
      if (named !== null && metric.test(named.name) && isComputed(named.value)) {
        yield { line: lineOf(node), message: `${named.name} is computed here, and in the results` };
      }
    }
  },
  *inPython({ statements }) {
    for (const { tokens, line } of statements) {
      const [name, equals, ...value] = tokens;
      const isMetric = name?.kind === 'name' && pythonMetric.test(name.text) && equals?.text === '=';
      if (!isMetric || !value.some(({ text }) => text === '/' || text === '-')) continue;
      yield { line, message: `${name.text} is computed here, and in the results` };
    }
  },
};

/** Of `answer.firstTokenNs`, and of `(record.firstTokenNs ?? 0)`. */
function lastName(node: Node): string {
  if (node.type === 'LogicalExpression') return lastName(node.left);
  return lastNameOf(node) ?? '';
}

function valueNamed(node: Node): { name: string; value: Node } | null {
  if (node.type === 'Property') return { name: keyName(node.key) ?? '', value: node.value };
  if (node.type === 'AssignmentExpression') return { name: lastNameOf(node.left) ?? '', value: node.right };
  if (node.type === 'VariableDeclarator' && node.init !== null) {
    return { name: chainOf(node.id)?.[0] ?? '', value: node.init };
  }
  return null;
}

/** A difference or a quotient, also as a part of what is computed further. */
function isComputed(value: Node): boolean {
  if (value.type === 'ConditionalExpression') return isComputed(value.consequent) || isComputed(value.alternate);
  if (value.type !== 'BinaryExpression') return false;
  if (value.operator === '/' || value.operator === '-') return true;
  return value.operator === '*' && (isComputed(value.left) || isComputed(value.right));
}
