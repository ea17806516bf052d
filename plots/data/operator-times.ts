/** Where the time of an evaluation goes: the latest profile of each contender, summed by operator and by layer. */
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { contenderKey, differingSettings } from '../../collate/analysis/measurement.ts';
import type { OperatorRow } from '../../scripts/results/operators-table.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

/** Parts of a decoder, and the operators that belong to them, by the names that GGUF files have for their weights. */
const operatorsOf = [
  ['attention matrices', /^attn_(q|k|v|qkv|output)$/],
  ['attention', /^attention$/],
  ['feed-forward', /^ffn_(?!norm)/],
  ['norms', /norm$/],
  ['embedding, output', /^(token_embd|output)$/],
  ['other', /^/],
] as const;
/** What the operators do not account for. */
export const between = 'between operators';

export const parts = [...operatorsOf.map(([part]) => part), between];
export type Part = (typeof parts)[number];

/** A span of one evaluation. */
export interface PartTime {
  readonly part: Part;
  readonly ms: number;
}

export interface OperatorTime extends PartTime {
  readonly operator: string;
  readonly kernels: readonly string[];
}

interface LayerTime extends PartTime {
  readonly layer: number;
}

export interface PhaseTimes {
  readonly phase: 'prefill' | 'decode';
  /** Evaluated together. */
  readonly tokens: number;
  /** Evaluations of which these are the means. */
  readonly evaluations: number;
  readonly evaluationMs: number;
  /** Part of the evaluation that the operators account for: 1 is all of it. */
  readonly covered: number;
  /** Over all layers, the largest first; the time between them last. */
  readonly operators: readonly OperatorTime[];
  readonly layers: readonly LayerTime[];
}

export interface Profile {
  readonly run: RunRow;
  /** The framework, with what is particular to this run where others of its framework were profiled beside it. */
  readonly name: string;
  /** Host, device, model and weight class. */
  readonly place: string;
  /** Decode first. */
  readonly phases: readonly PhaseTimes[];
}

const placeOf = ({ hostname, device, model, weight_class }: RunRow) =>
  [hostname, device, model, weight_class].map((part) => part ?? 'unknown');

/** Contenders of one place stand together, the fastest of each place first. */
export function profilesOf(runs: readonly RunRow[], rows: readonly OperatorRow[]): Profile[] {
  const rowsOf = new Map(groupBy(rows, ({ uuid }) => [uuid]).map((own) => [own[0].uuid, own]));
  const profiled = runs.filter((run) => run.status === 'completed' && rowsOf.has(run.uuid));
  return groupBy(profiled, placeOf).flatMap((place) => {
    const latest = groupBy(place, (run) => [contenderKey(run)]).map((alike) =>
      alike.reduce((latest, run) => ((run.started_at ?? '') > (latest.started_at ?? '') ? run : latest)),
    );
    return latest
      .map((run): Profile => {
        const settings = differingSettings(run, latest).join(', ');
        const framework = frameworkTitle(run);
        return {
          run,
          name: settings === '' ? framework : `${framework} · ${settings}`,
          place: placeOf(run).join(' · '),
          phases: phasesOf(rowsOf.get(run.uuid) ?? []),
        };
      })
      .sort((a, b) => firstMs(a) - firstMs(b));
  });
}

const firstMs = ({ phases }: Profile) => phases[0]?.evaluationMs ?? Number.POSITIVE_INFINITY;

function phasesOf(rows: readonly OperatorRow[]): PhaseTimes[] {
  return (['decode', 'prefill'] as const).flatMap((phase) => {
    const own = rows.filter((row) => row.phase === phase);
    const [first] = own;
    if (first === undefined) return [];
    const evaluationMs = first.evaluation_ms ?? 0;
    const inOperators = sum(own);
    const operators = groupBy(own, ({ operator }) => [operator])
      .map((alike): OperatorTime => {
        const operator = alike[0].operator ?? 'unknown';
        const kernels = [...new Set(alike.flatMap(({ kernel }) => kernel ?? []))].sort();
        return { operator, part: partOf(operator), kernels, ms: sum(alike) };
      })
      .sort((a, b) => b.ms - a.ms);
    const rest = {
      operator: between,
      part: between,
      kernels: [],
      ms: Math.max(0, evaluationMs - inOperators),
    } as const;
    return {
      phase,
      tokens: first.tokens ?? 0,
      evaluations: first.evaluations ?? 0,
      evaluationMs,
      covered: inOperators / evaluationMs,
      operators: [...operators, rest],
      layers: layersOf(own),
    };
  });
}

function layersOf(rows: readonly OperatorRow[]): LayerTime[] {
  const inLayers = rows.flatMap((row) => (row.layer === null ? [] : { ...row, layer: row.layer }));
  return groupBy(inLayers, ({ layer, operator }) => [layer, partOf(operator ?? '')])
    .map((alike): LayerTime => {
      const [{ layer, operator }] = alike;
      return { layer, part: partOf(operator ?? ''), ms: sum(alike) };
    })
    .sort((a, b) => a.layer - b.layer || parts.indexOf(a.part) - parts.indexOf(b.part));
}

function partOf(operator: string): Part {
  return operatorsOf.find(([, names]) => names.test(operator))?.[0] ?? 'other';
}

const sum = (rows: readonly OperatorRow[]) => rows.reduce((total, row) => total + (row.operator_ms ?? 0), 0);

/** Time of each part over the whole evaluation, the largest first. */
export function partTimes({ operators }: PhaseTimes): PartTime[] {
  return groupBy(operators, ({ part }) => [part])
    .map((alike): PartTime => ({ part: alike[0].part, ms: alike.reduce((total, { ms }) => total + ms, 0) }))
    .sort((a, b) => b.ms - a.ms);
}
