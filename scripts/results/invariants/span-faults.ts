/** Spans of the TimeLog: each ends once, inside the one in which it began, and none is left open by a run that completed. */
import type { Checkpoint, CheckpointName } from '../../log/run-log-format.ts';
import type { Span, Spans } from './log-watch.ts';

export function watchSpans(): Spans {
  const open: Checkpoint[] = [];
  const closed = new Map<string, Span>();
  const known = new Set<CheckpointName>();
  let latestEnd: Checkpoint | undefined;

  const start = (edge: Checkpoint) => {
    const again = open.some((other) => keyOf(other) === keyOf(edge));
    const outer = open.at(-1);
    open.push(edge);
    known.add(edge.name);
    const overlaps = latestEnd !== undefined && edge.atNs < latestEnd.atNs;
    return [
      overlaps ? `the span ${titleOf(edge)} starts before ${titleOf(latestEnd ?? edge)} ended` : null,
      again ? `the span ${titleOf(edge)} starts again before it ended` : null,
      outer !== undefined && edge.atNs < outer.atNs
        ? `the span ${titleOf(edge)} starts ${outer.atNs - edge.atNs} ns before ${titleOf(outer)}, in which it stands`
        : null,
    ];
  };

  const end = (edge: Checkpoint) => {
    const place = open.findLastIndex((other) => keyOf(other) === keyOf(edge));
    const [begun] = place === -1 ? [] : open.splice(place, 1);
    if (begun === undefined) return [`the span ${titleOf(edge)} ends without a start`];
    closed.set(keyOf(edge), { startNs: begun.atNs, endNs: edge.atNs });
    const before = latestEnd;
    latestEnd = edge;
    const inner = open.slice(place);
    return [
      edge.atNs < begun.atNs ? `the span ${titleOf(edge)} ends ${begun.atNs - edge.atNs} ns before it starts` : null,
      before !== undefined && edge.atNs < before.atNs
        ? `the span ${titleOf(edge)} ends before ${titleOf(before)}, which stands before its end`
        : null,
      ...inner.map((other) => `the span ${titleOf(edge)} ends before ${titleOf(other)}, which began in it`),
    ];
  };

  const isOpen = (name: CheckpointName, label?: string) =>
    open.some((edge) => edge.name === name && (label === undefined || edge.label === label));

  return {
    record(record) {
      if (record.type !== 'checkpoint') return [];
      return record.edge === 'start' ? start(record) : end(record);
    },
    end(status) {
      return status === 'completed' ? open.map((edge) => `the span ${titleOf(edge)} was never closed`) : [];
    },
    closed: (name, label) => closed.get(keyOf({ name, label })),
    isOpen,
    knows: (name) => known.has(name),
    placeFault: (work, name, label) =>
      !known.has(name) || isOpen(name, label) ? null : `${work} stands outside of the span ${titleOf({ name, label })}`,
  };
}

type Named = { name: CheckpointName; label?: string | undefined };

function keyOf({ name, label = '' }: Named): string {
  return `${name} ${label}`;
}

function titleOf({ name, label }: Named): string {
  return label === undefined ? name : `${name} (${label})`;
}
