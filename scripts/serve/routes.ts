/** The paths of the endpoint. */
import type { FastifyInstance } from 'fastify';
import { chatDialect, completionDialect } from './answer-format.ts';
import { answerRequest } from './answering.ts';
import { modelNotFound } from './api-error.ts';
import { authorize } from './authorization.ts';
import { chatPrompt } from './chat-request.ts';
import { readCompletionRequest } from './completion-request.ts';
import { isName, type ServedModel, type Service } from './service.ts';

export function addRoutes(app: FastifyInstance, service: Service): void {
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
      engines: { ready, seats: pool.seats.length, running: pool.running },
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
