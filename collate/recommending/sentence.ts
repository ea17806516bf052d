/** A recommendation in one sentence: what, why, what it costs, how sure, and which rivals equal it; and what would be worth measuring. */
import { counted, significant } from '../../scripts/command-line/format.ts';
import type { Candidate, CandidateFigure } from './candidate.ts';
import { type FigureName, figures, figureText, goals } from './figures.ts';
import type { Limit } from './limits.ts';
import type { Recommendation } from './recommendation.ts';
import type { Rival } from './rivals.ts';

export function recommendationSentence(recommendation: Recommendation, limits: readonly Limit[]): string {
  const { best, hostname, model, goal } = recommendation;
  if (best === null && recommendation.ranked.every(({ candidate }) => candidate.figures[goals[goal]] === undefined)) {
    return `On ${hostname} no ${figures[goals[goal]].title} of ${model} is known: no run there had a meter or a figure of it.`;
  }
  if (best === null) {
    return `On ${hostname} nothing that is known of ${model} keeps ${limitsWords(limits)}.`;
  }
  const figure = goals[goal];
  const found = best.figures[figure];
  const shown = found === undefined ? '' : `: ${figureWords(figure, found)}`;
  return `${[
    `On ${hostname} run ${model} in ${candidateWords(best)}${shown}, ${sureness(best)}`,
    costWords(best, figure),
    ...rivalWords(recommendation),
    ...worthWords(recommendation),
  ].join('; ')}.`;
}

export function candidateWords({ quantize, title, device, threads }: Candidate): string {
  const by = threads === null ? '' : `, ${counted(threads, 'threads')}`;
  return `${quantize} with ${title} (${device}${by})`;
}

/** `94.1 tokens/s [92 to 96]`. */
function figureWords(name: FigureName, { value, interval }: CandidateFigure): string {
  if (interval === null) return figureText(name, value);
  return `${figureText(name, value)} [${figureText(name, interval.low)} to ${figureText(name, interval.high)}]`;
}

function limitsWords(limits: readonly Limit[]): string {
  return limits
    .map(
      ({ figure, value }) =>
        `${figure} ${figures[figure].better === 'higher' ? '≥' : '≤'} ${figureText(figure, value)}`,
    )
    .join(' and ');
}

/** How sure the figures of a candidate are, in words. */
function sureness({ trust, runs, figures: { decode } }: Candidate): string {
  if (trust === 'measured') return `measured here in ${counted(runs, 'runs')}`;
  const ground = {
    'same host': 'predicted from its neighbours on this host',
    'other host': 'predicted from another host with such a device',
    physics: 'predicted from the hardware benchmark alone',
  }[trust];
  const width = decode?.width ?? null;
  const basis =
    width === null
      ? 'interval not checked by any error'
      : width.from === 'range'
        ? `interval from only ${counted(width.count, 'errors')}`
        : `90 % interval from ${counted(width.count, 'errors')}`;
  return `${ground} (${basis})`;
}

/** Beside the figure of the goal: what it takes of the others. */
function costWords({ figures: known }: Candidate, goal: FigureName): string {
  const told = (['decode', 'memory', 'quality', 'cost'] as const).flatMap((name) => {
    const found = known[name];
    return name === goal || found === undefined ? [] : figureText(name, found.value);
  });
  return told.length === 0 ? 'what it takes is not known' : `it takes ${told.join(', ')}`.replace('it takes', 'with');
}

function rivalWords({ equals, next, goal }: Recommendation): string[] {
  const of = (relation: Rival['relation']) => equals.filter((rival) => rival.relation === relation);
  const [same, untold] = [of('no detectable difference'), of('too few runs').sort((a, b) => factor(a) - factor(b))];
  const [nearest] = untold;
  const title = figures[goals[goal]].title;
  const beside = (rival: Rival) =>
    `${significant(factor(rival))} times as good in ${title} as ${candidateWords(rival.candidate)}`;
  return [
    ...(same.length === 0
      ? []
      : [`statistically equal: ${listed(same.map(({ candidate }) => candidateWords(candidate)))}`]),
    ...(nearest === undefined ? [] : [`${beside(nearest)}, for which there are too few runs to be sure`]),
    ...(next === null ? [] : [beside(next)]),
  ];
}

/** How many times as good the best one is, whichever way is better. */
function factor({ ratio }: Rival): number {
  return Math.max(ratio, 1 / ratio);
}

function worthWords({ worthMeasuring, goal }: Recommendation): string[] {
  const [first] = worthMeasuring;
  const found = first?.figures[goals[goal]];
  if (first === undefined || found === undefined) return [];
  return [
    `worth measuring, as it may be better: ${candidateWords(first)}, ${figureWords(goals[goal], found)} ${sureness(first)}`,
  ];
}

const mostNamed = 3;

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return more > 0 ? `${names.slice(0, mostNamed).join(', ')} and ${more} more` : names.join(', ');
}
