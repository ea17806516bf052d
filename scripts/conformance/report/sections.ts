/** The report as titles and tables, which text and Markdown render. */
import { counted } from '../../command-line/format.ts';
import type { Analysis } from '../analysis.ts';
import type { Duplicate } from '../duplicates.ts';
import { rules } from '../rules.ts';

export interface Section {
  title: string;
  /** What the table is, and what of it is left out. */
  note: string;
  heads: readonly string[];
  /** One letter a column: l or r. */
  align: string;
  cells: ReadonlyArray<readonly string[]>;
}

export function headline({ findings, files, lines, excused }: Analysis): string {
  const verdict = findings.length === 0 ? 'No finding' : counted(findings.length, 'findings');
  return `${verdict} in ${counted(files, 'files')} with ${lines} lines, by ${counted(rules.length, 'rules')}; ${counted(excused, 'places')} excused.`;
}

/** @param most rows of the tables that are long */
export function sectionsOf(analysis: Analysis, most: number): Section[] {
  return [
    findingsSection(analysis),
    frameworksSection(analysis),
    contractSection(analysis),
    workloadsSection(analysis),
    scriptsSection(analysis),
    duplicatesSection('Passages that stand twice', 'lines', analysis.duplicates, most),
    duplicatesSection('Lists of words that stand twice', 'words', analysis.equalLists, most),
    modulesSection(analysis, most),
  ].filter(({ cells }) => cells.length > 0);
}

function findingsSection({ findings }: Analysis): Section {
  const asks = new Map(rules.map(({ id, asks }) => [id, asks]));
  const broken = [...new Set(findings.map(({ rule }) => rule))];
  return {
    title: 'Findings',
    note: broken
      .map((rule) => `${rule}: ${asks.get(rule) ?? 'An exception that excuses nothing is removed.'}`)
      .join(' '),
    heads: ['place', 'rule', 'what'],
    align: 'lll',
    cells: findings.map(({ file, line, rule, message }) => [`${file}:${line}`, rule, message]),
  };
}

function frameworksSection({ frameworks }: Analysis): Section {
  return {
    title: 'Frameworks',
    note: 'Prompt: whether the end of its evaluation is shown. Figures: what is reported beside tokens. Stamps: places that hand tokens over.',
    heads: [
      'framework',
      'host',
      'devices',
      'formats',
      'own options',
      'prompt',
      'figures',
      'stamps',
      'built on',
      'files',
      'lines',
    ],
    align: 'lllrlllrlrr',
    cells: frameworks.map((row) => [
      row.name,
      row.host,
      row.devices.join(' '),
      row.quantizations === null ? 'computed' : String(row.quantizations.length),
      row.flags.join(' '),
      row.showsPrompt ? 'yes' : 'no',
      row.figures.join(' '),
      String(row.stamps.length),
      row.builtOn.join(' '),
      String(row.files),
      String(row.lines),
    ]),
  };
}

function contractSection({ frameworks }: Analysis): Section {
  const parts = [...new Set(frameworks.flatMap(({ abilities, declares }) => [...declares, ...abilities]))];
  return {
    title: 'Optional parts of the contract',
    note: 'Facts and methods of a framework, then methods of its models.',
    heads: ['part', ...frameworks.map(({ name }) => name)],
    align: `l${'l'.repeat(frameworks.length)}`,
    cells: parts.map((part) => [
      part,
      ...frameworks.map(({ abilities, declares }) => ([...declares, ...abilities].includes(part) ? 'yes' : '')),
    ]),
  };
}

function workloadsSection({ workloads }: Analysis): Section {
  return {
    title: 'Workloads',
    note: 'Records: types of lines in the raw log. Columns: of tables, declared beside it.',
    heads: ['workload', 'records', 'columns', 'rules and figures', 'declares', 'files', 'lines'],
    align: 'llrllrr',
    cells: workloads.map(({ name, records, columns, parts, declares, files, lines }) => [
      name,
      records.join(' '),
      String(columns.length),
      parts.join(' '),
      declares.join(' '),
      String(files),
      String(lines),
    ]),
  };
}

function scriptsSection({ scripts }: Analysis): Section {
  return {
    title: 'Runnable scripts',
    note: 'Options: those that the script declares itself, beside those of the settings.',
    heads: ['script', 'options', 'commands', 'examples', 'imports', 'lines'],
    align: 'llrrrr',
    cells: scripts.map(({ file, flags, commands, examples, imports, lines }) => [
      file,
      flags.join(' '),
      String(commands),
      examples === null ? '' : String(examples),
      String(imports),
      String(lines),
    ]),
  };
}

function duplicatesSection(title: string, unit: string, duplicates: readonly Duplicate[], most: number): Section {
  return {
    title,
    note: shown(duplicates.length, most),
    heads: [unit, 'places', 'begins with'],
    align: 'rll',
    cells: duplicates
      .slice(0, most)
      .map(({ lines, places, text }) => [
        String(lines),
        places.map(({ file, line }) => `${file}:${line}`).join(' '),
        text.length > 60 ? `${text.slice(0, 57)}...` : text,
      ]),
  };
}

function modulesSection({ modules }: Analysis, most: number): Section {
  return {
    title: 'What to take apart first',
    note: shown(modules.length, most),
    heads: ['file', 'lines', 'imports', 'imported by', 'longest function', 'its lines', 'lines twice', 'findings'],
    align: 'lrrrlrrr',
    cells: modules
      .slice(0, most)
      .map((row) => [
        row.file,
        String(row.lines),
        String(row.imports),
        String(row.importedBy),
        row.longestFunction?.name ?? '',
        row.longestFunction === null ? '' : String(row.longestFunction.lines),
        String(row.duplicateLines),
        String(row.findings),
      ]),
  };
}

function shown(all: number, most: number): string {
  return all > most ? `The first ${most} of ${all}; --all shows every one.` : '';
}
