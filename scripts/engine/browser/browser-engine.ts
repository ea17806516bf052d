/** An engine in a page. It fetches the model from a server in this process, which does nothing else once it is loaded. */
import type { Availability, BrowserFramework, EngineSettings, Framework } from '../../frameworks/framework.ts';
import type { Loaded } from '../../frameworks/messages.ts';
import type { ChannelEvents } from '../channel.ts';
import { type EngineOptions, eventsTo, requestsTo, startHost, tokenizerRequestsTo } from '../engine-host.ts';
import { openBrowserChannel } from './browser-channel.ts';
import { openBrowserPage } from './browser-page.ts';

/** @throws EngineMissing when there is no browser for it, EngineFailure when it does not start */
export async function startBrowserEngine(options: EngineOptions, framework: BrowserFramework) {
  const given = options.settings.framework ?? {};
  const opened = await openBrowserPage(framework, given);
  const { clock, server, version } = opened;
  const open = (events: ChannelEvents) => openBrowserChannel(framework.title, opened, events);
  const host = await startHost(options, { open, module: framework.module, clock }, eventsTo(options));
  const { probe, ...others } = requestsTo(host, options);
  return {
    ...others,
    ...tokenizerRequestsTo(host, options),
    probe: async () => withAskedDevices(framework, options.settings.device, await probe()),
    async load(modelPath: string, settings: EngineSettings): Promise<Loaded> {
      server.serve(await framework.files({ modelPath, given, offline: framework.offline === true }));
      const { effective, abilities } = await host.ask({ type: 'load', modelPath, settings, endOfSequence: [] });
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
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
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
