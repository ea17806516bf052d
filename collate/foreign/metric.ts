/** A metric of another tool with its definition, and the same quantity under ours beside it. */
import type { ForeignMetric, ForeignOurs } from '../../scripts/log/foreign-file.ts';
import { type OurFigure, ourFigures, type Timed } from '../definitions/our-figures.ts';
import { definitionAt, type Tool, type ToolFigure } from '../definitions/tool.ts';

type FigureName = OurFigure['name'];

/** What a file has to derive figures from. */
export type Evidence =
  | { kind: 'none'; reason: string }
  | {
      kind: 'timed';
      timed: Timed;
      /** Figures that it cannot give all the same, with the reason. */
      lacks: Partial<Record<FigureName, string>>;
      /** What had to be assumed. */
      notes: readonly string[];
    };

/** How a metric is defined, where `collate/definitions/` does not have it. */
export interface OwnDefinition {
  unit: string;
  definition: string;
  source: string;
  ours: FigureName | null;
}

interface MetricFacts {
  name: string;
  statistics: Readonly<Record<string, number>>;
  headline: string;
  origin?: ForeignMetric['origin'];
}

export function metricOf(
  facts: MetricFacts,
  own: OwnDefinition,
  evidence: Evidence,
  sameFormula = false,
): ForeignMetric {
  const { unit, definition, source, ours } = own;
  return {
    ...{ name: facts.name, unit, definition, source, statistics: { ...facts.statistics }, headline: facts.headline },
    origin: facts.origin ?? 'file',
    ours: oursOf(ours, sameFormula, evidence),
  };
}

/**
 * A metric that `collate/definitions/` has.
 * @param version of the tool that wrote the file; null where it is not known: as it is defined today
 * @throws TypeError for a name that the tool does not have
 */
export function definedMetric(
  facts: MetricFacts,
  { tool, figure: name, version }: { tool: Tool; figure: string; version: string | null },
  evidence: Evidence,
): ForeignMetric {
  const figure = tool.figures.find((each) => each.name === name);
  if (figure === undefined) throw new TypeError(`${tool.name} has no figure ${name}`);
  return metricOf(facts, definitionOf(tool, figure, version), evidence, definitionAt(figure, version).same);
}

function definitionOf({ source }: Tool, figure: ToolFigure, version: string | null): OwnDefinition {
  return {
    unit: figure.unit,
    definition: definitionAt(figure, version).formula,
    source: `${source.repository}, ${figure.source}`,
    ours: figure.ours,
  };
}

function oursOf(name: FigureName | null, sameFormula: boolean, evidence: Evidence): ForeignOurs {
  const figure = ourFigures.find((each) => each.name === name);
  if (figure === undefined) return notDerivable(null, 'Tokenlap has no figure of this kind');
  if (evidence.kind === 'none') return notDerivable(figure.name, evidence.reason);
  const lack = evidence.lacks[figure.name];
  if (lack !== undefined) return notDerivable(figure.name, lack);
  const value = figure.of(evidence.timed);
  if (value === null || !Number.isFinite(value))
    return notDerivable(figure.name, 'the arrivals of its tokens do not show it');
  const { unit, formula } = figure;
  return { kind: 'derived', figure: figure.name, unit, formula, value, sameFormula, notes: [...evidence.notes] };
}

function notDerivable(figure: string | null, reason: string): ForeignOurs {
  return { kind: 'not derivable', figure, reason };
}
