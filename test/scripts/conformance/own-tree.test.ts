import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { analyse } from '../../../scripts/conformance/analysis.ts';
import { rules } from '../../../scripts/conformance/rules.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import { workloads } from '../../../scripts/workloads/registry.ts';
import { examinedFiles, ownTree } from '../../fakes/changed-tree.ts';

const analysis = analyse(ownTree, { known: examinedFiles });

it('breaks none of the rules, and has no exception that excuses nothing', () => {
  expect(analysis.findings.map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`)).toEqual([]);
});

it('knows every framework of the registry, with the devices that it declares', () => {
  const read = analysis.frameworks.map(({ name, host, devices }) => ({ name, host, devices }));
  const declared = frameworks.map(({ name, host, devices }) => ({ name, host, devices }));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(read.sort(byName)).toEqual(declared.sort(byName));
});

it('finds the place where each framework hands its tokens over', () => {
  expect(analysis.frameworks.filter(({ stamps }) => stamps.length === 0)).toEqual([]);
});

it('knows every workload of the registry', () => {
  expect(analysis.workloads.map(({ name }) => name).sort()).toEqual(workloads.map(({ name }) => name).sort());
});

it('reads every script that a person starts', () => {
  expect(analysis.scripts.map(({ file }) => file)).toContain('scripts/benchmark.ts');
  expect(analysis.scripts.filter(({ file }) => file.split('/').length !== 2)).toEqual([]);
});

it('has rules with names of their own', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

it('has a page that lists every rule with what it asks', () => {
  const page = readFileSync('docs/conformance.md', 'utf8');
  expect(rules.filter(({ id, asks }) => !page.includes(`| \`${id}\` | ${asks} |`))).toEqual([]);
});
