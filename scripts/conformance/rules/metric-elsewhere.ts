/** A metric has one formula, in the results: what computes it a second time will differ one day. */
import type { Node } from 'oxc-parser';
import { roomOf } from '../layers.ts';
import type { Rule } from '../rule.ts';
import { chainOf, keyName, lastNameOf } from '../syntax/names.ts';

/** Figures that docs/measurement.md defines. */
const metric =
  /^(ttftMs|tpotMs|itlMs|e2eMs|(decode|prefill|e2e)?[tT]okensPerSecond|(memory|param)ThroughputGbPerS(econd)?)$/;
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
      if (named !== null && metric.test(named.name) && isQuotient(named.value)) {
        yield { line: lineOf(node), message: `${named.name} is computed here, and in the results` };
      }
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
  if (node.type === 'VariableDeclarator' && node.init !== null) {
    return { name: chainOf(node.id)?.[0] ?? '', value: node.init };
  }
  return null;
}

function isQuotient(value: Node): boolean {
  if (value.type === 'ConditionalExpression') return isQuotient(value.consequent) || isQuotient(value.alternate);
  if (value.type !== 'BinaryExpression') return false;
  return (
    value.operator === '/' ||
    ((value.operator === '*' || value.operator === '-') && (isQuotient(value.left) || isQuotient(value.right)))
  );
}
