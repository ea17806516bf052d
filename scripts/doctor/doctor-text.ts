/** The findings for people: 80 columns, and no colour where there is no terminal. */
import { Help } from 'commander';
import { paint } from '../command-line/terminal.ts';
import { type Finding, type FindingState, parts } from './finding.ts';

const width = 80;

const marks: Record<FindingState, { word: string; colour: 'green' | 'dim' | 'yellow' | 'red' }> = {
  ok: { word: 'ok', colour: 'green' },
  unknown: { word: 'unknown', colour: 'dim' },
  note: { word: 'note', colour: 'yellow' },
  missing: { word: 'missing', colour: 'yellow' },
  stops: { word: 'stops', colour: 'red' },
};
const markWidth = Math.max(...Object.values(marks).map(({ word }) => word.length));

export function doctorText(findings: readonly Finding[]): string {
  const sections = parts.map((part) => {
    const lines = findings.filter((finding) => finding.part === part).map(findingText);
    return [paint('bold', part), ...lines].join('\n');
  });
  return [...sections, verdictText(findings)].join('\n\n');
}

function findingText({ name, state, text, next }: Finding): string {
  const { word, colour } = marks[state];
  const indent = ' '.repeat(markWidth + 2);
  const said = folded(`${name}: ${text}`, indent);
  const remedy = next === undefined ? [] : [`${indent}${folded(`next: ${next}`, `${indent}      `)}`];
  return [`${paint(colour, word.padEnd(markWidth))}  ${said}`, ...remedy].join('\n');
}

/** Commands stay in one piece, however long: they are copied. */
function folded(text: string, indent: string): string {
  const tied = text.replaceAll(/`[^`]+`|^next: (?:npx|npm) .*$/g, (command) => command.replaceAll(' ', noBlank));
  return new Help()
    .boxWrap(tied, width - indent.length)
    .replaceAll(noBlank, ' ')
    .replaceAll('\n', `\n${indent}`);
}

/** None of the texts has this character. */
const noBlank = '\ue000';

export function canRun(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'stops');
}

function verdictText(findings: readonly Finding[]): string {
  if (!canRun(findings)) return 'The pipeline cannot run here yet: mend what says "stops".';
  const disturbed = findings.filter(({ part, state }) => part === 'What disturbs' && state === 'note').length;
  const how = disturbed === 0 ? 'nothing seen disturbs' : `${disturbed} of the above may disturb measurements`;
  return `The pipeline can run: ${how}.\nBegin with \`npx tokenlap start\`.`;
}
