/** What to run, for every host, measured model and goal, as it was worked out when the page was made: of what was measured alone. */
import type { Candidate } from '../../collate/recommending/candidate.ts';
import { type FigureName, figureNames, type Goal, goals } from '../../collate/recommending/figures.ts';
import type { Recommendation } from '../../collate/recommending/recommendation.ts';
import { candidateWords } from '../../collate/recommending/sentence.ts';
import { recommendationView as recommended } from '../../collate/recommending/view.ts';
import { scriptLine } from '../../scripts/command-line/shell-line.ts';
import type { PlotData } from '../data/plot-data.ts';

/** Those that every result has figures of; the command has the others. */
export type PageGoal = Extract<Goal, 'throughput' | 'latency' | 'memory'>;

export interface RecommendationView {
  /** What the time of an answer stands for. */
  readonly terms: Readonly<{ promptTokens: number; answerTokens: number; workload: string }>;
  readonly goals: Readonly<Record<PageGoal, RecommendedGoal>>;
  /** That predicts what was not measured. */
  readonly predicting: Command;
}

interface Command {
  readonly words: string;
  readonly line: string;
}

interface RecommendedGoal {
  readonly places: readonly Place[];
  readonly matrix: readonly MatrixLine[];
}

/** One host and one model. */
export interface Place {
  readonly hostname: string;
  readonly model: string;
  readonly sentence: string;
  /** Best first. */
  readonly ways: readonly Way[];
  readonly commands: readonly Command[];
}

/** A framework in a format on a device. */
export interface Way {
  readonly name: string;
  readonly framework: string;
  readonly quantize: string;
  readonly device: string;
  readonly runs: number;
  readonly figures: Readonly<Partial<Record<FigureName, WayFigure>>>;
  /** No other is better in one of goal, decode rate, memory and bits per weight, and no worse in the others. */
  readonly onFront: boolean;
  readonly standing: 'recommended' | 'statistically equal' | 'too few runs to tell' | '';
}

interface WayFigure {
  readonly value: number;
  /** 95 %; null below three runs. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** The hosts that ran a model, the best first. */
export interface MatrixLine {
  readonly algorithm: string;
  readonly size: string;
  readonly model: string;
  readonly hosts: ReadonlyArray<{ readonly hostname: string; readonly way: string; readonly value: number | null }>;
}

/** @returns null where nothing is recommended; the page then has no such view */
export function recommendationView(data: Pick<PlotData, 'runs' | 'hardware' | 'output'>): RecommendationView | null {
  const views = {
    throughput: recommended(data, { goal: 'throughput' }),
    latency: recommended(data, { goal: 'latency' }),
    memory: recommended(data, { goal: 'memory' }),
  };
  const { terms, workload, recommendations } = views.throughput;
  if (recommendations.length === 0) return null;
  return {
    terms: { promptTokens: terms.promptTokens, answerTokens: terms.answerTokens, workload },
    goals: {
      throughput: goalOf(views.throughput, data.output),
      latency: goalOf(views.latency, data.output),
      memory: goalOf(views.memory, data.output),
    },
    predicting: {
      words: 'Predict what was not measured; put in the model that you want',
      line: scriptLine('collate/recommend.ts', data.output, '--model', '1B'),
    },
  };
}

function goalOf({ goal, recommendations, matrix }: ReturnType<typeof recommended>, output: string): RecommendedGoal {
  const figure = goals[goal];
  return {
    places: recommendations.map((each) => placeOf(each, output)),
    matrix: matrix.map(({ hosts, ...line }) => ({
      ...line,
      hosts: hosts.map(({ hostname, best }) => ({
        hostname,
        way: candidateWords(best),
        value: best.figures[figure]?.value ?? null,
      })),
    })),
  };
}

function placeOf(recommendation: Recommendation & { sentence: string }, output: string): Place {
  const { hostname, model, sentence, ranked, best, goal } = recommendation;
  const asked = ['--host', hostname, '--goal', goal, '--limit', 'memory=6GB'];
  return {
    ...{ hostname, model, sentence },
    ways: ranked.map(({ candidate, onFront }) => ({
      name: candidateWords(candidate),
      framework: candidate.framework,
      quantize: candidate.quantize,
      device: candidate.device,
      runs: candidate.runs,
      figures: figuresOf(candidate),
      onFront,
      standing: standingOf(candidate, recommendation),
    })),
    commands: [
      ...(best === null ? [] : [{ words: 'Measure the best one again', line: best.command }]),
      { words: 'Ask under limits', line: scriptLine('collate/recommend.ts', output, ...asked) },
    ],
  };
}

function figuresOf({ figures }: Candidate): Way['figures'] {
  const known = figureNames.flatMap((name) => {
    const found = figures[name];
    return found === undefined ? [] : [[name, { value: found.value, interval: found.interval }] as const];
  });
  return Object.fromEntries(known);
}

function standingOf(candidate: Candidate, { best, equals }: Recommendation): Way['standing'] {
  if (candidate === best) return 'recommended';
  const rival = equals.find((each) => each.candidate === candidate);
  if (rival === undefined) return '';
  return rival.relation === 'too few runs' ? 'too few runs to tell' : 'statistically equal';
}
