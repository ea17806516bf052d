/** Figures as monitoring systems take them: a family is a name in base units, and a value for each set of labels. */
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { GateReport, GateRow } from '../../regressions/gate-report.ts';
import type { CellFigure, RunCell } from '../run-cells.ts';

export interface MetricFamily {
  /** 'ttft_seconds': snake case, the base unit last, without a prefix. */
  name: string;
  help: string;
  /** In UCUM. */
  unit: string;
  points: MetricPoint[];
}

export interface MetricPoint {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** Milliseconds since 1970; null where no instant belongs to it. */
  atMs: number | null;
  hostname: string;
}

interface BaseUnit {
  ucum: string;
  /** Of the unit in the table, in one base unit. */
  per: number;
  /** From the end of a column's name to that of a metric. */
  ending: readonly [column: RegExp, metric: string];
}

const milliseconds: BaseUnit = { ucum: 's', per: 1000, ending: [/_ms$/, '_seconds'] };
const baseUnits: Readonly<Record<string, BaseUnit>> = {
  ms: milliseconds,
  B: { ucum: 'By', per: 1, ending: [/_bytes$/, '_bytes'] },
  'tokens/s': { ucum: '{token}/s', per: 1, ending: [/_per_s$/, '_per_second'] },
  'texts/s': { ucum: '{text}/s', per: 1, ending: [/_per_s$/, '_per_second'] },
};

/** A unit without a rule stays as it is. */
function inBaseUnit(column: string, unit: string): { name: string; unit: string; per: number } {
  const base = baseUnits[unit];
  if (base === undefined) return { name: column, unit: unit === '' ? '1' : unit, per: 1 };
  return { name: column.replace(...base.ending), unit: base.ucum, per: base.per };
}

export function runFamilies(cells: readonly RunCell[]): MetricFamily[] {
  const figures = new Families();
  for (const cell of cells) {
    const labels = cellLabels(cell);
    const place = { labels, hostname: cell.newest.hostname ?? '', atMs: startedMs(cell.newest) };
    for (const figure of cell.figures)
      figures.add(figureFamily(figure), { ...place, value: figure.value / unitsPerBase(figure) });
    figures.add(
      { name: 'runs', help: 'Runs of the newest session, over which the medians are', unit: '1' },
      { ...place, value: cell.runs.length },
    );
    figures.add(
      { name: 'newest_run_timestamp_seconds', help: 'When the newest run started, since 1970', unit: 's' },
      { ...place, value: (place.atMs ?? 0) / 1000 },
    );
  }
  return figures.all();
}

type FamilyFacts = Omit<MetricFamily, 'points'>;

function figureFamily({ column, unit, title }: CellFigure): FamilyFacts {
  const { name, unit: baseUnit } = inBaseUnit(column, unit);
  return { name, unit: baseUnit, help: `${title}, median of the newest session` };
}

function unitsPerBase({ column, unit }: CellFigure): number {
  return inBaseUnit(column, unit).per;
}

function startedMs({ started_at }: RunRow): number | null {
  const ms = Date.parse(started_at ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** The version is a fact of a run and not of a series: it would begin a new one with each release. */
function cellLabels({ id, newest }: RunCell): Record<string, string> {
  const { framework, model, quantize, workload, device, threads, comparable } = newest;
  const labels = { cell: id, host: newest.hostname, framework, model, quantize, workload, device, threads, comparable };
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

/** 1 for the verdict of a row, and how far head is from base. */
export function gateFamilies(report: GateReport): MetricFamily[] {
  const families = new Families();
  const at = { hostname: report.host, atMs: null };
  families.add(
    { name: 'gate_confirmed_regressions', help: 'Confirmed regressions of primary metrics', unit: '1' },
    { ...at, labels: {}, value: report.rows.filter(isConfirmed).length },
  );
  for (const { row, cell } of distinct(report.rows)) {
    const labels = { cell, metric: row.metric };
    families.add(
      { name: 'gate_verdict', help: 'Always 1; the verdict is a label', unit: '1' },
      { ...at, labels: { ...labels, verdict: row.verdict, primary: String(row.primary) }, value: 1 },
    );
    if (row.ratio === null) continue;
    families.add(
      { name: 'gate_ratio', help: 'Head over base, Hodges-Lehmann estimate', unit: '1' },
      { ...at, labels, value: row.ratio.center },
    );
  }
  return families.all();
}

function isConfirmed({ verdict, primary }: GateRow): boolean {
  return primary && verdict === 'regression';
}

/** Two points with the same labels would make the whole text invalid: the second of two equal cells is numbered. */
function distinct(rows: readonly GateRow[]): Array<{ row: GateRow; cell: string }> {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const key = JSON.stringify([row.cell, row.metric]);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return { row, cell: times === 1 ? row.cell : `${row.cell} (${times})` };
  });
}

class Families {
  readonly #families = new Map<string, MetricFamily>();

  add(facts: FamilyFacts, point: MetricPoint): void {
    const family = this.#families.get(facts.name) ?? { ...facts, points: [] };
    family.points.push(point);
    this.#families.set(facts.name, family);
  }

  all(): MetricFamily[] {
    return [...this.#families.values()];
  }
}
