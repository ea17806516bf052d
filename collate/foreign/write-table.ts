import { foreignFiles } from '../../scripts/log/foreign-file.ts';
import { foreignTable } from '../../scripts/results/foreign-table.ts';
import { writeAnew } from '../tables/csv.ts';

/** foreign.csv, of all that was imported. @returns a remark on each record that cannot be read @throws UserError when it cannot be written */
export function writeForeignTable(output: string): string[] {
  const { files, unreadable } = foreignFiles(output);
  writeAnew(output, foreignTable, files);
  return unreadable.map((name) => `${name} cannot be read: import its file again`);
}
