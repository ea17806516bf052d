/** Where pictures and report lie under the output folder. */
import { join } from 'node:path';

export const picturePath = (output: string, name: string, format: 'svg' | 'png') =>
  join(output, 'plots', `${name}.${format}`);

export const reportPath = (output: string, format: 'md' | 'html' | 'pdf' | 'json') =>
  join(output, 'report', `report.${format}`);

/** From the report's folder, as Markdown links it. */
export const pictureLink = (name: string, format: 'svg' | 'png') => `../plots/${name}.${format}`;
