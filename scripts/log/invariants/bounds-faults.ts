/** What was asked for and what the engine said of itself bound what can have been done. */
import { weightClassOf } from '../../models/quantization.ts';
import type { AnswerRecord, Header } from '../run-log-format.ts';
import type { Faults, LogWatch } from './log-watch.ts';

export function watchBounds(header: Header): LogWatch {
  const { workload, requested } = header;
  const maxTokens = numberIn(requested, 'maxTokens');
  const mostPositions = positionsOf(header);
  const questionOf = new Map<string, string>();
  let contextTokens: number | undefined;
  let effectiveNs: number | undefined;
  let told = false;

  const answerFaults = (answer: AnswerRecord): Faults => {
    const name = `answer ${answer.answer}`;
    const { tokens, promptTokens, stop, served, question } = answer;
    const before = questionOf.get(answer.promptTokensSha256) ?? question;
    questionOf.set(answer.promptTokensSha256, before);
    const prompt =
      before === question || workload === 'chat' ? null : `${name}: another question has the same prompt before it`;
    const hash = sha256.test(answer.promptTokensSha256) ? null : `${name}: the sha256 of its prompt is no sha256`;
    // A server goes by limits and counts of its own.
    if (served !== undefined) return [prompt, hash];
    const isCut = stop === 'length' && maxTokens !== undefined && tokens < maxTokens;
    const isFull = contextTokens === undefined || promptTokens + tokens + 1 >= contextTokens;
    return [
      prompt,
      hash,
      promptTokens + tokens > mostPositions + 1
        ? `${name}: ${promptTokens} prompt tokens and ${tokens} of the answer, of a model of ${header.model.contextLength} positions`
        : null,
      promptTokens > 0 ? null : `${name} has no prompt`,
      maxTokens !== undefined && tokens > maxTokens ? `${name} has ${tokens} tokens of at most ${maxTokens}` : null,
      // The last token is not evaluated, and needs no place.
      contextTokens !== undefined && promptTokens + tokens > contextTokens + 1
        ? `${name}: ${promptTokens} prompt tokens and ${tokens} of the answer, in a context of ${contextTokens}`
        : null,
      workload === 'qa' && isCut && !isFull
        ? `${name} was cut after ${tokens} tokens, of ${maxTokens} that were asked for`
        : null,
    ];
  };

  return {
    record(record) {
      const faults: Array<string | null> = told ? [] : headerFaults(header);
      told = true;
      if (record.type === 'effective') {
        contextTokens = numberIn(record.settings, 'contextTokens');
        effectiveNs = record.atNs;
      }
      if (record.type === 'answer' || record.type === 'kernel' || record.type === 'embedding') {
        if (effectiveNs !== undefined && record.startNs < effectiveNs)
          faults.push(`${record.type} at ${record.startNs} ns, and the engine was ready at ${effectiveNs} ns`);
      }
      if (record.type === 'answer') faults.push(...answerFaults(record));
      if (record.type === 'warm_up' && record.ended === 'fixed') {
        const asked = numberIn(requested, 'warmUp');
        if (asked !== undefined && record.tries !== asked)
          faults.push(`a warm-up of ${record.tries} tries, and ${asked} were asked for`);
      }
      if (record.type === 'pool_request' && maxTokens !== undefined && record.tokens > maxTokens)
        faults.push(`request ${record.request} of ${record.of} has ${record.tokens} tokens of at most ${maxTokens}`);
      if (record.type === 'end' && record.status === 'completed' && record.error !== undefined)
        faults.push('the run completed, and names an error');
      return faults;
    },
    end: () => [],
  };
}

const sha256 = /^[0-9a-f]{64}$/;

/** A part is no larger than the whole, a format is of one class, and a hash is one. */
function headerFaults({ host, model, questions }: Header): string[] {
  const faults: string[] = [];
  const { usable, physicalCores, logicalCores, memoryBytes, loadAverage1m } = host;
  // Where no logical processors are told, one core is assumed.
  if (logicalCores > 0 && physicalCores > logicalCores)
    faults.push(`${physicalCores} physical cores, and ${logicalCores} logical processors`);
  if (typeof loadAverage1m === 'number' && loadAverage1m < 0) faults.push(`a load average of ${loadAverage1m}`);
  if (!sha256.test(model.sha256)) faults.push('the sha256 of the model is no sha256');
  if (questions !== undefined && !sha256.test(questions.sha256))
    faults.push('the sha256 of the questions is no sha256');
  if (usable !== undefined && usable.cores > logicalCores)
    faults.push(`${usable.cores} cores to be used, of ${logicalCores}`);
  if (usable !== undefined && usable.memoryBytes > memoryBytes)
    faults.push(`${usable.memoryBytes} B of memory to be used, of ${memoryBytes} B`);
  const { got, weightClass } = model.quantization;
  const known = weightClassOf(got);
  if (known !== 'unknown' && known !== weightClass) faults.push(`${got} is of the class ${known}, not ${weightClass}`);
  return faults;
}

/** Engines round a context up. */
const contextStep = 256;

/** Positions that a run may use: those of the model, unless more were asked for; without a bound where none is known. */
function positionsOf({ model, requested }: Header): number {
  const asked = numberIn(requested, 'contextTokens') ?? Number.POSITIVE_INFINITY;
  if (model.contextLength === 0 || asked > model.contextLength) return Number.POSITIVE_INFINITY;
  return Math.ceil(model.contextLength / contextStep) * contextStep;
}

function numberIn(settings: Header['requested'], name: string): number | undefined {
  const value = settings[name];
  return typeof value === 'number' ? value : undefined;
}
