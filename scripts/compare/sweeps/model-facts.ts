/** The model of a cell, as far as it is known without fetching or making it: its size, and the bytes that are not on the disk yet. */
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Framework } from '../../frameworks/framework.ts';
import { ggufFacts } from '../../models/gguf/facts.ts';
import type { GgufFile } from '../../models/gguf/format.ts';
import { readGguf } from '../../models/gguf/reader.ts';
import { tokenCostOfShape } from '../../models/gguf/token-cost.ts';
import { modelCacheFolder } from '../../models/model-cache.ts';
import { type CatalogEntry, modelCatalog } from '../../models/model-catalog.ts';
import { ggufSource } from '../../models/model-files.ts';
import { formatsMadeOf, stemOf } from '../../models/quantization/quantize-file.ts';
import { mixtureNames } from '../../models/quantization/tensor-formats.ts';
import { encodedTypes } from '../../models/quantization/weight-encoding.ts';
import {
  chooseQuantization,
  defaultQuantization,
  parseQuantization,
  usualBitsPerWeight,
} from '../../models/quantization.ts';
import { findModel, findShape, loadRegistry, modelCalled, parametersOf } from '../../models/registry.ts';
import type { RegisteredModel, Registry } from '../../models/registry-schema.ts';
import type { CellOptions } from './cell.ts';

export interface ModelFacts {
  /** Two cells with the same one share the file. */
  file: string;
  name: string;
  parameters: number;
  fileBytes: number;
  /** Key and value elements cached per position, all layers together. */
  kvElementsPerPosition: number;
  contextLength: number;
  /** The file's bytes while it is not on this machine: made here, or fetched. */
  missing: { how: 'make' | 'fetch'; bytes: number } | null;
}

type Asked = Pick<CellOptions, 'size' | 'algorithm' | 'model' | 'synthetic' | 'quantize' | 'seed'>;

/** Reads the registry and the cache once for many cells. */
export class ModelCatalogue {
  readonly #registry: Registry = loadRegistry();
  readonly #folder = modelCacheFolder();
  readonly #catalog: CatalogEntry[] = modelCatalog(this.#registry, this.#folder);
  readonly #files = new Map<string, Promise<GivenFile>>();
  readonly #facts = new Map<string, Promise<ModelFacts>>();

  /** @throws UserError as a run would: an unknown size, a format that is not available */
  factsOf(asked: Asked, framework: Framework): Promise<ModelFacts> {
    const { size, algorithm, model, synthetic, quantize, seed } = asked;
    const key = JSON.stringify([size, algorithm, model, synthetic, quantize, synthetic ? seed : 0, framework.name]);
    let facts = this.#facts.get(key);
    if (facts === undefined) {
      facts = this.#lookUp(asked, framework);
      this.#facts.set(key, facts);
    }
    return facts;
  }

  async #lookUp(asked: Asked, framework: Framework): Promise<ModelFacts> {
    if (asked.model !== undefined && existsSync(asked.model)) return this.#givenFile(asked.model, asked, framework);
    const model = this.#registered(asked);
    const { available, preferred, source } = this.#offerOf(model, asked.synthetic);
    // What comes in a format of its own has names of its own.
    const isGguf = framework.modelFormats.includes('gguf');
    const runnable = isGguf ? framework.quantizations : [];
    const got = chooseQuantization(asked.quantize, { available, preferred, runnable, source }).got;
    const entry = this.#catalog.find(({ id }) => id === model.id);
    const known = entry?.quantizations.find(({ name }) => name === got);
    const parameters = parametersOf(model);
    const fileBytes = asked.synthetic ? bytesIn(parameters, got) : (known?.bytes ?? bytesIn(parameters, got));
    const there = asked.synthetic
      ? entry?.synthetic.some((name) => name.endsWith(`-${got}-seed${asked.seed}.gguf`)) === true
      : (known?.path ?? null) !== null || this.#isQuantised(model, got);
    const how = asked.synthetic || model.embedded !== undefined ? 'make' : 'fetch';
    return {
      file: `${model.id} ${got}${asked.synthetic ? ` synthetic ${asked.seed}` : ''}`,
      name: `${model.name} ${got}`,
      parameters,
      fileBytes,
      kvElementsPerPosition: tokenCostOfShape(model.architecture, model.shape).kvElementsPerPosition,
      contextLength: model.shape.contextLength,
      missing: there ? null : { how, bytes: fileBytes },
    };
  }

  /** The formats in which a framework can have a model, widest first. @throws UserError for a model that there is not */
  async formatsOf(asked: Omit<Asked, 'quantize' | 'seed'>, framework: Framework): Promise<string[]> {
    const runs = (name: string) => framework.quantizations.includes(name);
    const bits = (name: string) => usualBitsPerWeight(name) ?? 0;
    if (asked.model !== undefined && existsSync(asked.model)) {
      return widestFirst(formatsOfFile(await this.#read(asked.model), defaultQuantization));
    }
    return widestFirst([...this.#offerOf(this.#registered(asked), asked.synthetic).available]);

    function widestFirst(names: readonly string[]): string[] {
      return names.filter(runs).toSorted((a, b) => bits(b) - bits(a));
    }
  }

  #registered({ size, algorithm, model, synthetic }: Omit<Asked, 'quantize' | 'seed'>): RegisteredModel {
    const named = model === undefined ? undefined : modelCalled(this.#registry, model, algorithm);
    return named ?? (synthetic ? findShape : findModel)(this.#registry, model ?? size, algorithm);
  }

  #offerOf(model: RegisteredModel, synthetic: boolean) {
    const source = ggufSource(model);
    if (synthetic) {
      return {
        available: mixtureNames,
        preferred: source?.default ?? 'q8_0',
        source: 'synthetic weights are written',
      };
    }
    if (model.embedded !== undefined) {
      const { quantization } = model.embedded;
      return {
        available: [...new Set([quantization, ...encodedTypes])],
        preferred: quantization,
        source: 'the embedded model is available',
      };
    }
    const available = this.#catalog.find(({ id }) => id === model.id)?.quantizations.map(({ name }) => name) ?? [];
    return { available, preferred: source?.default ?? 'f16', source: `the registry knows ${model.name}` };
  }

  async #givenFile(path: string, asked: Asked, framework: Framework): Promise<ModelFacts> {
    const given = await this.#read(path);
    const { own, facts } = given;
    const got = chooseQuantization(asked.quantize, {
      available: formatsOfFile(given, asked.quantize),
      preferred: own,
      runnable: framework.quantizations,
      source: `${basename(path)} is available`,
    }).got;
    const fileBytes = got === own ? given.file.fileBytes : bytesIn(facts.parameters, got);
    const there = got === own || this.#isMade(basename(path), got);
    return {
      file: `${path} ${got}`,
      name: `${basename(path)} ${got}`,
      parameters: facts.parameters,
      fileBytes,
      kvElementsPerPosition: facts.kvElementsPerPosition,
      contextLength: facts.contextLength,
      missing: there ? null : { how: 'make', bytes: fileBytes },
    };
  }

  #read(path: string): Promise<GivenFile> {
    let read = this.#files.get(path);
    if (read === undefined) {
      read = readGguf(path).then((file) => {
        const facts = ggufFacts(file);
        return { own: facts.quantization, file, facts };
      });
      this.#files.set(path, read);
    }
    return read;
  }

  #isQuantised({ embedded }: RegisteredModel, got: string): boolean {
    return embedded !== undefined && (got === embedded.quantization || this.#isMade(basename(embedded.file), got));
  }

  /** By the name that quantize-file.ts gives. */
  #isMade(source: string, got: string): boolean {
    if (!existsSync(this.#folder)) return false;
    const start = `${stemOf(source)}-${got}-from-`;
    return readdirSync(this.#folder).some((name) => name.startsWith(start) && name.endsWith('.gguf'));
  }
}

interface GivenFile {
  own: string;
  file: GgufFile;
  facts: ReturnType<typeof ggufFacts>;
}

/** Its own format, and those that are made of it. */
function formatsOfFile({ own, file }: GivenFile, asked: string): string[] {
  return [...new Set([own, ...formatsMadeOf(file, parseQuantization(asked))])];
}

function bytesIn(parameters: number, quantization: string): number {
  return Math.round((parameters * (usualBitsPerWeight(quantization) ?? 16)) / 8);
}
