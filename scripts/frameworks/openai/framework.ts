/** Any server that speaks OpenAI's interface, asked over HTTP as its users do. */
import packageJson from '../../../package.json' with { type: 'json' };
import { oneLine, UserError } from '../../command-line/errors.ts';
import { ggufQuantizations } from '../../models/quantization.ts';
import type { NodeFramework } from '../framework.ts';
import { knownServers, ownUrl, serverAddress, serverOptions } from './server-address.ts';

const noServer = `Give its address, --url http://127.0.0.1:8080 or TOKENLAP_OPENAI_URL; --url ${ownUrl} is our own endpoint.`;

const ownVersion = `Tokenlap endpoint, ${packageJson.version}`;

export const openai: NodeFramework = {
  name: 'openai',
  title: 'OpenAI-compatible server',
  aliases: ['openai-api', 'server'],
  servers: knownServers,
  module: import.meta.url,
  host: 'node',
  tokenizer: 'shared',
  concurrent: true,
  samplesTopP: true,
  devices: ['server'],
  modelFormats: ['gguf'],
  // What the server runs is its own affair; the file only lends its tokenizer and its name.
  quantizations: [...ggufQuantizations],
  options: serverOptions,
  whenNamed: { url: ownUrl },

  async probe(given) {
    try {
      const address = serverAddress(given);
      if (address === undefined) return { status: 'missing', reason: 'no server is given', remedy: noServer };
      if (address.url === ownUrl) {
        return { status: 'available', version: ownVersion, devices: [{ kind: 'server', name: 'own endpoint' }] };
      }
      const { identify } = await import('./dialogue.ts');
      const { version } = await identify(address);
      return { status: 'available', version, devices: [{ kind: 'server', name: new URL(address.url).host }] };
    } catch (error) {
      const remedy = (error instanceof UserError ? error.remedy : undefined) ?? noServer;
      return { status: 'missing', reason: oneLine(error), remedy };
    }
  },

  async load(request) {
    const { loadServedModel } = await import('./served-model.ts');
    return loadServedModel(request);
  },
};
