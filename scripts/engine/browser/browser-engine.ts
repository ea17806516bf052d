/** An engine in a page. It fetches the model from a server in this process, which does nothing else once it is loaded. */

import { oneLine } from '../../command-line/errors.ts';
import type { Availability, BrowserFramework, EngineSettings, Framework } from '../../frameworks/framework.ts';
import type { Loaded } from '../../frameworks/messages.ts';
import { describeExit, EngineFailure, onEnd, tailOf } from '../engine-failure.ts';
import { type EngineOptions, engineOn, startHost } from '../engine-host.ts';
import type { Channel, ChannelEvents } from '../process-channels.ts';
import { type BrowserPage, openBrowserPage } from './browser-page.ts';
import { killTree } from './open-browser.ts';

/** No process of this machine's: a browser on a phone has its memory there. */
const elsewhere = -1;
const keptLines = 40;

function openBrowserChannel(title: string, opened: BrowserPage, events: ChannelEvents): Channel {
  const { browser, process, cleaned, page, session, server } = opened;
  const said: string[] = [];
  const keep = (line: string) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
  };
  const stderrTail = tailOf(process?.stderr ?? null);
  const printed = () => [stderrTail(), ...said].filter((part) => part !== '').join('\n');
  let closing = false;
  let over = false;
  const end = (failure: EngineFailure) => {
    if (over) return;
    over = true;
    void server[Symbol.asyncDispose]();
    events.ended(failure);
  };

  page.on('console', (message) => keep(message.text()));
  page.on('pageerror', (error) => keep(oneLine(error)));
  page.once('error', () => end(crashed(title, printed())));
  page.once('close', () => {
    if (!closing) end(closed(title, printed()));
  });
  session.on('Runtime.bindingCalled', ({ payload }) => events.message(JSON.parse(payload)));
  if (process === null) browser.once('disconnected', () => end(closed(title, printed())));
  else {
    onEnd(process, {
      exit: (exit) => void cleaned.then(() => end(describeExit(title, exit, printed()))),
      error: (error) => end(new EngineFailure(`the ${title} engine: ${oneLine(error)}`, 'Run it again.', printed())),
    });
  }

  /** A browser of somebody else's goes on without this page. */
  const leave = () =>
    void page
      .close()
      .catch(() => {})
      .finally(() => browser.disconnect());

  return {
    pid: process?.pid ?? elsewhere,
    send(request) {
      session.send('Runtime.evaluate', { expression: `tokenlapReceive(${JSON.stringify(request)})` }).then(
        ({ exceptionDetails }) => {
          if (exceptionDetails !== undefined) events.message(exceptionDetails.exception?.description);
        },
        // The page is going; its end is told by an event.
        () => {},
      );
    },
    kill() {
      closing = true;
      if (process === null) leave();
      else killTree(process);
    },
    disconnect() {
      closing = true;
      if (process === null) leave();
      else void browser.close().catch(() => {});
    },
    printed,
  };
}

function crashed(title: string, printed: string): EngineFailure {
  return new EngineFailure(
    `the page of the ${title} engine crashed`,
    'Most often its memory ran out: choose a smaller model, --quantize or --context.',
    printed,
  );
}

function closed(title: string, printed: string): EngineFailure {
  return new EngineFailure(
    `the page of the ${title} engine was closed`,
    'Leave its window open until the run has ended.',
    printed,
  );
}

/** @throws EngineMissing when there is no browser for it, EngineFailure when it does not start */
export async function startBrowserEngine(options: EngineOptions, framework: BrowserFramework) {
  const given = options.settings.framework ?? {};
  const opened = await openBrowserPage(framework, given);
  const { clock, server, version } = opened;
  const open = (events: ChannelEvents) => openBrowserChannel(framework.title, opened, events);
  const engine = engineOn(await startHost(options, { open, module: framework.module, clock }), options);
  return {
    ...engine,
    probe: async () => withAskedDevices(framework, options.settings.device, await engine.probe()),
    async load(modelPath: string, settings: EngineSettings): Promise<Loaded> {
      server.serve(await framework.files({ modelPath, given, offline: framework.offline === true }));
      const { effective, abilities } = await engine.load(modelPath, settings);
      const { resolutionNs: clockResolutionNs, errorNs: clockErrorNs } = clock;
      return {
        effective: {
          ...effective,
          settings: { ...effective.settings, clockResolutionNs, clockErrorNs },
          build: { ...effective.build, browser: version },
        },
        abilities,
      };
    },
  };
}

/**
 * What is left of a framework's devices when one kind is asked for, or none.
 *
 * A device that the processor emulates takes minutes for what a real one does in a second, so none is taken unasked.
 * @param device as asked: 'auto', or one of the framework's by name
 */
export function withAskedDevices(
  { name, title, devices }: Pick<Framework, 'name' | 'title' | 'devices'>,
  device: string,
  availability: Availability,
): Availability {
  if (availability.status === 'missing') return availability;
  const isMeant = device === 'auto' ? isReal : ({ kind }: { kind: string }) => kind === device;
  const meant = availability.devices.filter(isMeant);
  if (meant.length > 0) return { ...availability, devices: meant };
  const [software] = availability.devices;
  if (device !== 'auto' || software === undefined) {
    return {
      status: 'missing',
      reason: `${title} finds no device "${device}" here`,
      remedy: `Its devices: auto, ${devices.join(', ')}. docs/${name}.md says how they are found.`,
    };
  }
  return {
    status: 'missing',
    reason: `${title} finds only a software device here: ${software.name}`,
    remedy: `docs/${name}.md says how a real one is found; --device ${software.kind} measures this one, which is never ranked.`,
  };
}

function isReal({ software }: { software?: boolean }): boolean {
  return software !== true;
}
