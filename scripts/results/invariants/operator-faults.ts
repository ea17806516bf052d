/** A profile is the mean of one evaluation, and no part of it is larger than the whole. */
import type { OperatorsRecord } from '../../log/records/operator-records.ts';
import type { LogWatch } from './log-watch.ts';

export function watchOperators(): LogWatch {
  const phases = new Set<OperatorsRecord['phase']>();
  return {
    record(record) {
      if (record.type !== 'operators') return [];
      const isSecond = phases.has(record.phase);
      phases.add(record.phase);
      return [isSecond ? `a second profile of ${record.phase}` : null, ...profileFaults(record)];
    },
    end: () => [],
  };
}

function profileFaults({ phase, tokens, evaluationNs, operators }: OperatorsRecord): string[] {
  const name = `the profile of ${phase}`;
  const seen = new Set<string>();
  const faults = operators.flatMap(({ layer, operator, kind, kernel, ns }) => {
    const where = layer === undefined ? operator : `${operator} of layer ${layer}`;
    const key = JSON.stringify([layer, operator, kind, kernel]);
    const isSecond = seen.has(key);
    seen.add(key);
    return [
      ...(isSecond ? [`${name} has ${where} twice`] : []),
      ...(ns > evaluationNs ? [`${name} has ${ns} ns in ${where}, of an evaluation of ${evaluationNs} ns`] : []),
    ];
  });
  if (operators.length === 0) faults.unshift(`${name} has no operators`);
  if (phase === 'decode' && tokens !== 1) faults.unshift(`${name} evaluates ${tokens} tokens at a time`);
  return faults;
}
