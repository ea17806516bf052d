/** Every framework of the suite, in order of preference. Adding one is one line here. */
import { usageError } from '../command-line/errors.ts';
import { withSuggestion } from '../command-line/options.ts';
import { type FrameworkOption, givenOptions, pythonOptions } from '../command-line/parsing/framework-options.ts';
import type { Framework, KnownServer, NodeFramework } from './framework.ts';
import { hybrid } from './hybrid/framework.ts';
import { llamacpp } from './llamacpp/framework.ts';
import { mlc } from './mlc/framework.ts';
import { onnx } from './onnx/framework.ts';
import { openai } from './openai/framework.ts';
import { openvino } from './openvino/framework.ts';
import { pytorch } from './pytorch/framework.ts';
import { tinygrad } from './tinygrad/framework.ts';
import { transformers } from './transformers/framework.ts';

export const frameworks: readonly Framework[] = [
  llamacpp,
  pytorch,
  tinygrad,
  hybrid,
  onnx,
  openvino,
  transformers,
  mlc,
  openai,
];

/**
 * By its name, by another name that people have for it, or by that of a server which it asks.
 * @throws UserError naming the known ones
 */
export function frameworkNamed(name: string): Framework {
  const found = called(name);
  if (found !== undefined) return found;
  throw usageError(
    withSuggestion(`unknown framework "${name}"`, name, frameworkNames()),
    `Known frameworks: ${frameworks.map((framework) => framework.name).join(', ')}; servers: ${serverNames().join(', ')}.`,
  );
}

/** `llama.cpp` of llamacpp: what a person reads. The name itself where the suite has no such framework. */
export function titleOfFramework(name: string): string {
  return frameworks.find((framework) => framework.name === name)?.title ?? name;
}

/** Whether it is the name of a framework, or of a server which one asks. */
export function isFrameworkName(name: string): boolean {
  return called(name) !== undefined;
}

function called(name: string): Framework | undefined {
  return frameworks.find((framework) => isCalled(framework, name) || serverOf(framework, name) !== undefined);
}

/** The server that the name means and not the framework itself; undefined otherwise. */
export function serverNamed(name: string): KnownServer | undefined {
  if (frameworks.some((framework) => isCalled(framework, name))) return undefined;
  for (const framework of frameworks) {
    const server = serverOf(framework, name);
    if (server !== undefined) return server;
  }
  return undefined;
}

/** Options that a framework understands: its own, and those of its host. */
function optionsOf({ host, options = [] }: Framework): readonly FrameworkOption[] {
  return host === 'python' ? [...pythonOptions, ...options] : options;
}

/**
 * The framework with what was given of its options.
 * @param typed values of the command's options; variables of the environment are their defaults
 * @throws UserError for a variable whose value is not allowed
 */
export function configured(framework: Framework, typed: object = {}): Framework {
  const offline = 'offline' in typed && typed.offline === true;
  return { ...framework, given: givenOptions(optionsOf(framework), typed), ...(offline ? { offline } : {}) };
}

/** What may be typed where a framework is asked for: their own names, and those of servers. */
export function frameworkNames(): string[] {
  return [...frameworks.map(({ name }) => name), ...serverNames()];
}

function serverNames(): string[] {
  return frameworks.flatMap(({ servers = [] }) => servers.map(({ name }) => name));
}

function serverOf({ servers = [] }: Framework, name: string): KnownServer | undefined {
  return servers.find((server) => isCalled(server, name));
}

function isCalled({ name, aliases = [] }: { name: string; aliases?: readonly string[] }, typed: string): boolean {
  return [name, ...aliases].some((known) => bareName(known) === bareName(typed));
}

/** `llama.cpp`, `llama-cpp` and `LlamaCpp` are the same. */
function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s._-]/g, '');
}

/** The one that lends its tokenizer to frameworks that have none. */
export function vocabularyFramework(): NodeFramework {
  for (const framework of frameworks) {
    if (framework.host === 'node' && framework.loadVocabulary !== undefined) return framework;
  }
  throw new Error('no framework of the registry lends a vocabulary');
}
