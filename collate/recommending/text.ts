/** A recommendation for a terminal: the sentence, everything that was ranked, the matrix, and what would verify a prediction. */
import { percent, significant } from '../../scripts/command-line/format.ts';
import { paint, table } from '../../scripts/command-line/terminal.ts';
import type { Candidate } from './candidate.ts';
import { type FigureName, figures, figureText, goals } from './figures.ts';
import { type Fits, fits } from './fit-answer.ts';
import type { MatrixRow } from './matrix.ts';
import type { Ranked, Recommendation } from './recommendation.ts';
import { candidateWords } from './sentence.ts';
import type { RecommendationView } from './view.ts';

const columns = ['decode', 'prefill', 'answer', 'memory', 'quality', 'energy', 'cost'] as const;
const mostRows = 24;

export function viewText(view: RecommendationView): string {
  return [
    ...view.recommendations.map((each) => recommendationText(each, each.sentence)),
    ...refusalsText(view),
    ...(view.matrix.length > 1 ? [matrixText(view.matrix, goals[view.goal])] : []),
    paint('dim', termsText(view)),
  ].join('\n\n');
}

/** For an unmeasured model only: of measured ones, other hosts are simply others. */
function refusalsText({ refusals, leftOutHostErrors }: RecommendationView): string[] {
  if (leftOutHostErrors === null) return [];
  return refusals.map(
    ({ hostname, model, reason, command }) =>
      `${paint('yellow', 'cannot say:')} ${model} on ${hostname}: ${reason}. Measure there:\n  ${command}`,
  );
}

function recommendationText(recommendation: Recommendation, sentence: string): string {
  const { ranked, worthMeasuring, best } = recommendation;
  const commands = [best, ...worthMeasuring].flatMap((candidate) => (candidate === null ? [] : candidate.command));
  return [
    paint('bold', sentence),
    rankedTable(ranked),
    ...(commands.length === 0 ? [] : ['Measure it:', ...commands.map((command) => `  ${command}`)]),
  ].join('\n');
}

function rankedTable(ranked: readonly Ranked[]): string {
  const shown = ranked.slice(0, mostRows);
  const known = columns.filter((name) => shown.some(({ candidate }) => candidate.figures[name] !== undefined));
  const rows = shown.map(({ candidate, limits, onFront }) => [
    candidateWords(candidate),
    candidate.trust,
    ...known.map((name) => cellOf(candidate, name)),
    onFront ? 'yes' : '',
    limits === 'keeps' ? '' : limits,
  ]);
  const heads = ['what', 'known from', ...known.map(headOf), 'Pareto', 'limits'];
  const align = `ll${'r'.repeat(known.length)}ll`;
  const more = ranked.length - shown.length;
  return [
    table(heads, rows, align, { dropFirst: ['limits', 'energy', 'bits per weight', 'first token'] }),
    ...(more > 0 ? [paint('dim', `${more} more with --json.`)] : []),
  ].join('\n');
}

/** A prediction carries its interval, a measurement stands alone. */
function cellOf({ figures: known }: Candidate, name: FigureName): string {
  const found = known[name];
  if (found === undefined) return '';
  const show = inHead(name) ? significant : (value: number) => figureText(name, value);
  const value = show(found.value);
  if (found.trust === 'measured' || found.interval === null) return value;
  return `${value} (${show(found.interval.low)} to ${show(found.interval.high)})`;
}

/** Times and bytes have a unit that goes with their size; the others have it once, in the head of the column. */
function inHead(name: FigureName): boolean {
  return !['ttft', 'answer', 'memory'].includes(name);
}

function headOf(name: FigureName): string {
  const { title, unit } = figures[name];
  return inHead(name) && name !== 'quality' ? `${title}, ${unit}` : title;
}

function matrixText(matrix: readonly MatrixRow[], figure: FigureName): string {
  const rows = matrix.map(({ algorithm, size, hosts }) => {
    const [first, second] = hosts;
    return [
      algorithm,
      size,
      ...(first === undefined ? ['', ''] : [hostWords(first), cellOf(first.best, figure)]),
      second === undefined ? '' : `${hostWords(second)}: ${cellOf(second.best, figure)}`,
    ];
  });
  return [
    paint('bold', 'The best hardware by architecture and size'),
    table(['algorithm', 'size', 'best', headOf(figure), 'next host'], rows, 'lllrl'),
  ].join('\n');
}

function hostWords({ hostname, best }: MatrixRow['hosts'][number]): string {
  return `${hostname}, ${candidateWords(best)}`;
}

/** Whether each candidate fits, best by the goal first. @param memoryOf of a host; null where it is not known */
export function fitText(view: RecommendationView, memoryOf: (hostname: string) => number | null): string {
  return view.recommendations
    .map(({ hostname, model, ranked }) => {
      const available = memoryOf(hostname);
      const shown = ['memory', 'decode', 'answer'] as const;
      const rows = ranked.map(({ candidate }) => [
        candidateWords(candidate),
        fits(candidate, available),
        ...shown.map((name) => cellOf(candidate, name)),
        candidate.trust,
      ]);
      const all = ranked.map(({ candidate }) => fits(candidate, available));
      return [
        paint(
          'bold',
          `${fitSentence(all)} ${model} on ${hostname}, which has ${available === null ? 'no known memory' : figureText('memory', available)}.`,
        ),
        table(['what', 'fits', ...shown.map(headOf), 'known from'], rows, 'llrrrl'),
      ].join('\n');
    })
    .concat(...refusalsText(view), paint('dim', termsText(view)))
    .join('\n\n');
}

function fitSentence(all: readonly Fits[]): string {
  const count = (answer: Fits) => all.filter((each) => each === answer).length;
  return `${count('yes')} of ${all.length} ways fit${count('perhaps') > 0 ? `, ${count('perhaps')} perhaps` : ''}:`;
}

function termsText({ terms, workload, leftOutHostErrors }: RecommendationView): string {
  const { promptTokens, answerTokens, depth } = terms;
  const behind = depth > 0 ? ` behind ${depth}` : '';
  const asked = `An answer: ${promptTokens} tokens of prompt${behind}, ${answerTokens} generated; figures of the ${workload} workload.`;
  return [asked, ...(leftOutHostErrors === null ? [] : predictionWords(leftOutHostErrors.decode))].join(' ');
}

function predictionWords(hostError: number | null): string[] {
  return [
    'Intervals of predictions: 90 %, from the errors of predictions of what was measured.',
    hostError === null
      ? 'How far off predictions of a new host are is not known: only one host was measured.'
      : `Hosts that were left out: decoding off by ${percent(hostError)} (median).`,
  ];
}
