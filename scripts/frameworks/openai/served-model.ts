/** A model behind a server, as the engine process sees it: text that comes in events, and what the server says it counted. */
import { exitCodes, missingError, UserError } from '../../command-line/errors.ts';
import {
  type EffectiveSettings,
  type Generated,
  type GenerateOptions,
  type LoadRequest,
  notesWhere,
  nothingKnown,
  type TokenModel,
  type TokenSink,
} from '../framework.ts';
import { AnswerReading, type Tail } from './answer-reading.ts';
import { agreeOn, type Dialogue, identify, type ServerIdentity, streamRequest } from './dialogue.ts';
import { postForEvents } from './event-request.ts';
import { startOwnEndpoint } from './own-endpoint.ts';
import { ownUrl, type ServerAddress, serverAddress } from './server-address.ts';

export async function loadServedModel({ modelPath, settings, span, endOfSequence }: LoadRequest): Promise<TokenModel> {
  const given = serverAddress(settings.framework);
  if (given === undefined) throw new UserError('no server is given', { exitCode: exitCodes.missing });
  const { own, address, identity, dialogue } = await span('model_load', async () => {
    const own = given.url === ownUrl ? await startOwnEndpoint({ modelPath, settings }) : undefined;
    const address = own === undefined ? given : { ...given, url: own.url };
    const identity = await identify(address);
    return { own, address, identity, dialogue: await agreeOn(address, modelOf(address, identity)) };
  });
  const {
    settings: told,
    build,
    notes,
    ...engine
  } = own?.effective ?? strangersEffective(address, settings.contextTokens);
  const { model, asks, extended } = dialogue;
  const habits: Habits = { endOfSequence, tail: { isLast: 'unknown' } };
  return {
    effective: {
      ...engine,
      settings: { ...told, serverModel: model, promptAs: asks, extendedFields: extended },
      build: { ...build, server: identity.version },
      notes: own === undefined ? notes : [...notes, ownNote],
    },
    generate: (prompt, options, sink) => generate(address, dialogue, habits, prompt, options, sink),
    async memory() {
      return {};
    },
    async [Symbol.asyncDispose]() {
      await own?.[Symbol.asyncDispose]();
    },
  };
}

function modelOf({ model, url }: ServerAddress, { models }: ServerIdentity): string {
  const name = model ?? models[0];
  if (name !== undefined) return name;
  throw missingError(`${url} lists no model`, 'Name one with --server-model.');
}

/** What is known of how this model and its server end an answer. */
interface Habits {
  endOfSequence: ReadonlySet<number>;
  tail: Tail;
}

async function generate(
  address: ServerAddress,
  dialogue: Dialogue,
  habits: Habits,
  prompt: Int32Array,
  options: GenerateOptions,
  sink: TokenSink,
): Promise<Generated> {
  const { path, body } = streamRequest(dialogue, Array.from(prompt), options);
  const { signal, maxTokens } = options;
  const stopping = new AbortController();
  const reading = new AnswerReading(sink, { maxTokens, ...habits }, () => stopping.abort());
  try {
    const end = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
    const ended = await postForEvents(address, path, body, reading, end);
    if (!stopping.signal.aborted) return reading.whole(dialogue.asks, ended);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  }
  return reading.cut(dialogue.asks);
}

/** Facts of a server that somebody else started. */
function strangersEffective({ url }: ServerAddress, contextTokens: number): EffectiveSettings {
  const { hostname, host } = new URL(url);
  const here = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
  return {
    device: 'server',
    deviceName: host,
    comparable: here,
    settings: { contextTokens, ...nothingKnown },
    build: { buildType: null, cpuVariant: null },
    kvBytesPerPosition: 0,
    notes: notesWhere(
      [true, 'server_weights', `that ${host} serves these very weights is not verified`],
      [true, 'client_memory', 'memory figures are those of the client; a server does not show its own'],
      [!here, 'remote_server', `${host} may be another machine than the one that is described here`],
    ),
  };
}

const ownNote = {
  code: 'own_endpoint',
  message: 'the server is our own endpoint, started for this run; its memory is counted with that of the client',
};
