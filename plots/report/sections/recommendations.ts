/** What to run on which host, of what was measured: a sentence for each host and model, who is not beaten, and the best hardware. */
import type { Candidate } from '../../../collate/recommending/candidate.ts';
import { type FigureName, figures, figureText } from '../../../collate/recommending/figures.ts';
import type { MatrixRow } from '../../../collate/recommending/matrix.ts';
import type { Recommendation } from '../../../collate/recommending/recommendation.ts';
import { candidateWords } from '../../../collate/recommending/sentence.ts';
import { recommendationView } from '../../../collate/recommending/view.ts';
import { significant } from '../../../scripts/command-line/format.ts';
import { scriptLine } from '../../../scripts/command-line/shell-line.ts';
import { type Block, type Cell, commands, list, note } from '../document.ts';
import type { Part } from '../section.ts';
import { type Field, left, right, shown, tableIfAny } from '../table.ts';

const weighed = ['decode', 'memory', 'quality'] as const;

export const recommendations: Part = {
  id: 'recommendations',
  title: 'What to run',
  blocks({ data: { runs, hardware, output } }): Block[] {
    const view = recommendationView({ runs, hardware }, { goal: 'throughput' });
    // With a single way to run it there is nothing to choose.
    const chosen = view.recommendations.filter(({ ranked }) => ranked.length > 1);
    if (chosen.length === 0) return [];
    return [
      ...list(chosen.map(({ sentence }) => sentence)),
      ...tableIfAny('Not beaten in speed, memory and bits per weight together', chosen.flatMap(frontOf), [
        [left('Host'), ({ hostname }) => hostname],
        [left('Model'), ({ model }) => model],
        [left('Runs'), candidateWords],
        ...weighed.map(
          (name): Field<Candidate> => [right(headOf(name)), ({ figures: known }) => figureCell(name, known)],
        ),
      ]),
      ...tableIfAny('The best hardware by architecture and size', manyHosts(view.matrix), [
        [left('Algorithm'), ({ algorithm }) => algorithm],
        [left('Size'), ({ size }) => size],
        [left('Best'), ({ hosts: [first] }) => placeWords(first)],
        [right('Decode rate', 'tokens/s'), ({ hosts: [first] }) => figureCell('decode', first?.best.figures ?? {})],
        [left('Next host'), ({ hosts: [, second] }) => placeWords(second)],
        [right('Decode rate', 'tokens/s'), ({ hosts: [, second] }) => figureCell('decode', second?.best.figures ?? {})],
      ]),
      note('Measured only. This adds other goals, limits, and what follows for models that were not measured:'),
      commands(scriptLine('collate/recommend.ts', output, '--model', '1B', '--limit', 'memory=6GB')),
    ];
  },
};

function frontOf({ ranked }: Recommendation): Candidate[] {
  return ranked.flatMap(({ candidate, onFront }) => (onFront ? candidate : []));
}

function headOf(name: FigureName): string {
  const { title } = figures[name];
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
}

function figureCell(name: FigureName, known: Candidate['figures']): Cell {
  return shown(known[name]?.value ?? null, (value) =>
    // Its unit stands in the head.
    name === 'quality' ? significant(value) : figureText(name, value),
  );
}

/** On one host the matrix only repeats the sentences. */
function manyHosts(matrix: readonly MatrixRow[]): MatrixRow[] {
  return matrix.filter(({ hosts }) => hosts.length > 1);
}

function placeWords(host: MatrixRow['hosts'][number] | undefined): string {
  return host === undefined ? '–' : `${host.hostname}, ${candidateWords(host.best)}`;
}
