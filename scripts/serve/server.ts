/** The HTTP side of the endpoint: its paths, limits, keys, bodies and errors. */

import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import { oneLine } from '../command-line/errors.ts';
import { requireModest } from '../command-line/files/text-file.ts';
import { authorize, Connections, isName, type ServedModel, type Service } from './admission.ts';
import { chatDialect, completionDialect } from './answer-format.ts';
import { answerRequest } from './answering.ts';
import { ApiError, badRequest, endSocket, modelNotFound, sendError } from './api-error.ts';
import { chatPrompt, readCompletionRequest } from './prompt-requests.ts';
import { detokenizeRequest, tokenizeRequest, tokenizerInfo } from './tokenizer-requests.ts';

/** How often connections are looked at that take too long over a request. */
const checkEveryMs = 1000;
const keepAliveMs = 15_000;
const requestsPerSocket = 10_000;

export function buildServer(service: Service): FastifyInstance {
  const { limits, metrics } = service;
  const app = Fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: keepAliveMs,
    maxRequestsPerSocket: requestsPerSocket,
    http: { connectionsCheckingInterval: checkEveryMs, headersTimeout: limits.requestMs },
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, _request, reply) => sendError(error, reply),
    clientErrorHandler: endSocket,
  });
  const connections = new Connections(limits.connections);
  connections.watch(app.server);

  app.addHook('onRequest', async (request, reply) => {
    const { raw } = reply;
    const { url } = request.routeOptions;
    raw.once('close', () => metrics.request(url ?? 'other', raw.writableFinished ? raw.statusCode : 'left'));
    if (url !== '/health') authorize(service.apiKey, request.headers);
  });
  app.addHook('preHandler', async ({ socket }, { raw }) => {
    connections.begin(socket);
    raw.once('close', () => connections.end(socket));
  });
  app.addHook('onSend', async (_request, { raw }) => {
    const stalled = setTimeout(() => raw.destroy(), limits.stallMs);
    raw.once('close', () => clearTimeout(stalled));
  });

  readJsonStrictly(app);
  app.setErrorHandler((error, _request, reply) => sendError(error, reply));
  app.setNotFoundHandler(async ({ method, url }, reply) => {
    const path = url.replace(/\?.*/s, '');
    const allowed = (['GET', 'POST'] as const).filter((known) => app.hasRoute({ url: path, method: known }));
    const asked = `${method} ${path.slice(0, 100)}`;
    if (allowed.length === 0) {
      throw new ApiError(404, 'invalid_request_error', `there is no ${asked} here`, { code: 'unknown_url' });
    }
    reply.header('allow', allowed.join(', '));
    throw new ApiError(405, 'invalid_request_error', `${asked} is not possible, ${allowed.join(' or ')} is`);
  });
  addRoutes(app, service);
  return app;
}

/** Node would replace broken bytes silently, and the model would be asked something else. */
function readJsonStrictly(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      done(badRequest('the body is not valid UTF-8'));
      return;
    }
    try {
      requireModest(text);
    } catch (error) {
      done(badRequest(`the body is not taken: ${oneLine(error)}`));
      return;
    }
    parse(request, text, done);
  });
}

function addRoutes(app: FastifyInstance, service: Service): void {
  const { model, pool, metrics, defaults } = service;

  app.post('/v1/chat/completions', async (request, reply) =>
    answerRequest(
      service,
      chatDialect,
      await chatPrompt(request.body, model.template, defaults.temperature),
      request,
      reply,
    ),
  );
  app.post('/v1/completions', (request, reply) =>
    answerRequest(
      service,
      completionDialect,
      readCompletionRequest(request.body, model, defaults.temperature),
      request,
      reply,
    ),
  );

  app.post('/tokenize', (request, reply) => tokenizeRequest(service, request.body, reply));
  app.post('/detokenize', (request, reply) => detokenizeRequest(service, request.body, reply));
  app.get('/tokenizer_info', async () => tokenizerInfo(model));

  app.get('/v1/models', async () => ({ object: 'list', data: [modelCard(model)] }));
  app.get<{ Params: { '*': string } }>('/v1/models/*', async ({ params }) => {
    if (!isName(model, params['*'])) throw modelNotFound(params['*'], model.id);
    return modelCard(model);
  });

  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));

  app.get('/health', async (request, reply) => {
    const ready = pool.engines.length;
    reply.code(ready > 0 ? 200 : 503);
    const status = ready > 0 ? 'ok' : 'starting';
    // Without the key only what a watchdog needs.
    if (!isAuthorized(service, request.headers)) return { status };
    return {
      status,
      model: model.id,
      framework: model.framework,
      version: model.version,
      quantization: model.quantization,
      contextTokens: model.contextTokens,
      defaults: { temperature: defaults.temperature, top_p: 1 },
      engines: { ready, seats: pool.slots.length, running: pool.running },
      queue: { waiting: pool.waiting },
    };
  });
}

function modelCard({ id, created, contextTokens }: ServedModel): object {
  return { id, object: 'model', created, owned_by: 'tokenlap', max_model_len: contextTokens };
}

function isAuthorized({ apiKey }: Service, headers: Parameters<typeof authorize>[1]): boolean {
  try {
    authorize(apiKey, headers);
    return true;
  } catch {
    return false;
  }
}
