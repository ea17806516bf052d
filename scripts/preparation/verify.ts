/** Everything that can be said about a model file without running it: structure, hash, numbers, tokenizer. */
import { oneLine } from '../command-line/errors.ts';
import { counted, significant } from '../command-line/format.ts';
import { numberArrayField, textArrayField, textField } from '../models/gguf/format.ts';
import { readGguf } from '../models/gguf/reader.ts';
import { type TensorStatistics, tensorStatistics } from '../models/gguf/tensor-statistics.ts';
import { type Verification, verifyFile } from '../models/gguf/verify-file.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { type RoundTrip, tokenizerRoundTrips } from './tokenizer-round-trip.ts';

export interface FullVerification extends Verification {
  /** Null where they were not looked at: a quick check, or a file that is damaged. */
  statistics: TensorStatistics[] | null;
  tokenizer: RoundTrip[] | null;
}

/** @param full whether numbers and tokenizer are looked at */
export async function verifyModel(path: string, full: boolean, progress: ModelProgress): Promise<FullVerification> {
  const found = await verifyFile(path, (done, total) => progress({ label: `hashing ${path}`, done, total }));
  if (!full || !found.ok) return { ...found, statistics: null, tokenizer: null };
  const file = await readGguf(path);
  const statistics = await tensorStatistics(file, (done, total) =>
    progress({ label: `reading the numbers of ${path}`, done, total }),
  );
  progress({ label: `trying the tokenizer of ${path}`, done: 0, total: 0 });
  const trial = await tokenizerFinding(path, file.metadata);
  const findings = [...found.findings, statisticsFinding(statistics), trial.finding];
  return { ...found, findings, ok: findings.every(({ ok }) => ok), statistics, tokenizer: trial.trips };
}

function statisticsFinding(statistics: readonly TensorStatistics[]) {
  const suspicious = statistics.filter(({ suspicion }) => suspicion !== null);
  const unread = statistics.filter(({ minimum, nan, infinite }) => minimum === null && nan + infinite === 0);
  const notRead = unread.length === 0 ? '' : ` (${unread.length} in formats that are not decoded here)`;
  if (suspicious.length > 0) {
    const listed = suspicious.slice(0, 5).map(({ name, suspicion }) => `${name}: ${suspicion}`);
    const more = suspicious.length > listed.length ? `; and ${suspicious.length - listed.length} more` : '';
    return { ok: false, text: `numbers look wrong: ${listed.join('; ')}${more}${notRead}` };
  }
  const largest = Math.max(...statistics.map(({ minimum, maximum }) => Math.max(Math.abs(minimum ?? 0), maximum ?? 0)));
  return { ok: true, text: `numbers are finite, at most ${significant(largest)}${notRead}` };
}

const controlType = 3;
const mostSpecials = 8;

async function tokenizerFinding(path: string, metadata: Awaited<ReturnType<typeof readGguf>>['metadata']) {
  if (textField(metadata, 'tokenizer.ggml.model') === 'bert') {
    return {
      trips: null,
      finding: { ok: true, text: 'its tokenizer changes letters by nature: no round trip is tried' },
    };
  }
  const tokens = textArrayField(metadata, 'tokenizer.ggml.tokens') ?? [];
  const types = numberArrayField(metadata, 'tokenizer.ggml.token_type') ?? [];
  const specials = tokens.filter((_, id) => types[id] === controlType).slice(0, mostSpecials);
  try {
    const trips = await tokenizerRoundTrips(path, specials);
    const changed = trips.filter(({ back }) => back !== null);
    const split = trips.filter(({ text, tokens: count }) => specials.includes(text) && count !== 1);
    const wrong = [
      ...changed.map(({ text, back }) => `${JSON.stringify(text)} comes back as ${JSON.stringify(back)}`),
      ...split.map(
        ({ text, tokens: count }) => `the control token ${JSON.stringify(text)} is ${counted(count, 'tokens')}`,
      ),
    ];
    const [first] = wrong;
    const finding =
      first === undefined
        ? { ok: true, text: `${trips.length} texts come back from their tokens as they were` }
        : { ok: false, text: `the tokenizer changes ${wrong.length} of ${trips.length} texts: ${first}` };
    return { trips, finding };
  } catch (error) {
    return { trips: null, finding: { ok: false, text: `its tokenizer cannot be used: ${oneLine(error)}` } };
  }
}
