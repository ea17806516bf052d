/** What an export format is: a text made of the runs, of a gate report, or of both, and a server that may take it. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { GateReport } from '../regressions/gate-report.ts';
import type { Outside } from './outside.ts';

/** The runs of an output folder, and the folder, where the tables of answers and tokens are. */
export interface MeasuredRuns {
  output: string;
  runs: readonly RunRow[];
}

/** What stands where a method is missing: the format has no such form. */
export interface ExportFormat {
  /** As in `--format`. */
  readonly name: string;
  /** A line of the help and of docs/ci.md. */
  readonly help: string;
  readonly ofRuns?: (runs: MeasuredRuns) => string | Promise<string>;
  readonly ofGate?: (report: GateReport) => string;
  /** How a server takes the text. */
  readonly upload?: Upload;
  /** Makes the text the one comment on a pull request. @returns what was done, in words */
  readonly comment?: (text: string, outside: Outside, pullRequest: number | null) => Promise<string>;
  /** A server with an interface of its own, which takes run by run. */
  readonly tracking?: Tracking;
}

export interface Tracking {
  /** A variable with the address, for where `--to` is not given. */
  readonly addressVariable: string;
  /** @returns what was done, in words */
  readonly send: (runs: MeasuredRuns, url: string, outside: Outside) => Promise<string>;
}

export interface Upload {
  readonly method: 'POST' | 'PUT';
  readonly contentType: string;
  /** The path of a server that was named without one. */
  readonly path: string;
  /** A variable with headers more, for keys of a service: `name=value,name=value`, values as in a URL. */
  readonly headersVariable?: string;
}
