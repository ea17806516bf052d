/** The findings of the doctor, and their text: 80 columns, without colour outside of a terminal. */
import { Help } from 'commander';
import { paint } from '../command-line/terminal.ts';

const parts = ['Machine', 'Frameworks', 'Models and disk', 'What disturbs'] as const;
type Part = (typeof parts)[number];

/** `unknown`: nothing on this machine reports it. `stops`: nothing can be measured until it is fixed. */
type FindingState = 'ok' | 'unknown' | 'note' | 'missing' | 'stops';

export interface Finding {
  part: Part;
  name: string;
  state: FindingState;
  text: string;
  /** What to do about it; absent when nothing can be done. */
  next?: string;
}

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

/** Keeps commands in one piece, because they are copied. */
function folded(text: string, indent: string): string {
  const tied = text.replaceAll(/`[^`]+`|^next: (?:npx|npm) .*$/g, (command) => command.replaceAll(' ', noBlank));
  return new Help()
    .boxWrap(tied, width - indent.length)
    .replaceAll(noBlank, ' ')
    .replaceAll('\n', `\n${indent}`);
}

/** A character that none of the texts contains. */
const noBlank = '\ue000';

export function canRun(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'stops');
}

function verdictText(findings: readonly Finding[]): string {
  if (!canRun(findings)) return 'The pipeline cannot run here yet: fix what says "stops".';
  const disturbed = findings.filter(({ part, state }) => part === 'What disturbs' && state === 'note').length;
  const how = disturbed === 0 ? 'nothing seen disturbs' : `${disturbed} of the above may disturb measurements`;
  return `The pipeline can run: ${how}.\nBegin with \`npx tokenlap start\`.`;
}
