/**
 * What each workload writes into the raw log: the schemas of its own record types, and the spans of the TimeLog that it marks. Part
 * of the log's format, so that whoever reads logs needs to know nothing else of the workloads. `script` makes such a run, where it is
 * not a script of a framework; null where a person is part of it.
 */
import { records as accuracy } from './accuracy/records.ts';
import { records as chat } from './chat/records.ts';
import { records as embedding } from './embedding/records.ts';
import { records as kernel } from './kernel/records.ts';
import { records as load } from './load/records.ts';
import { records as parity } from './parity/records.ts';
import { records as perplexity } from './perplexity/records.ts';
import { records as pool } from './pool/records.ts';
import { records as questions } from './questions/records.ts';

export const workloadRecords = [questions, kernel, embedding, chat, parity, load, pool, accuracy, perplexity] as const;
