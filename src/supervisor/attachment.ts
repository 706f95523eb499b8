import type { ResolvedChannel, ResolvedConfig } from '../bus/config/index.js';
import { watchChannel, type EndpointInfo } from '../liveness/index.js';
import { isAttached } from '../liveness/state.js';
import { BusError } from '../platform/bus-error.js';
import { isOfService } from './process-family.js';

/** What of a channel a service is expected to be attached to. */
export interface ExpectedEndpoint {
  readonly channel: string;
  readonly role: 'producer' | 'consumer';
}

/**
 * The endpoints that a service is declared for. On a channel of one producer at a time several services may be declared to
 * produce: those that wait as backups have no endpoint, so none of them is expected to.
 */
export function expectedEndpoints({ channels }: ResolvedConfig, service: string): ExpectedEndpoint[] {
  return [...channels.values()].flatMap((channel) => {
    const found: ExpectedEndpoint[] = [];
    if (channel.producers.includes(service) && !hasBackups(channel))
      found.push({ channel: channel.name, role: 'producer' });
    if (channel.consumers.includes(service)) found.push({ channel: channel.name, role: 'consumer' });
    return found;
  });
}

function hasBackups({ type, producers }: ResolvedChannel): boolean {
  return type.startsWith('SP') && producers.length > 1;
}

/** Who has the place of an expected endpoint: a process of the service; or another one under its name. */
export interface Attachment {
  readonly own: EndpointInfo | undefined;
  readonly foreignPid: number | undefined;
}

/** Finds the endpoints of services; tests have another one. */
export interface Look {
  find(service: string, servicePid: number, expected: ExpectedEndpoint): Attachment;
}

/** The endpoints of all channels, by looks that are noted in their slots; a channel that cannot be looked at has none. */
export class EndpointLook implements Look {
  private readonly byChannel = new Map<string, readonly EndpointInfo[]>();
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  private endpointsOf(channel: string): readonly EndpointInfo[] {
    let found = this.byChannel.get(channel);
    if (found === undefined) {
      found = this.inspect(channel);
      this.byChannel.set(channel, found);
    }
    return found;
  }

  /** Of processes that live. A name alone says nothing: anybody may use it. */
  find(service: string, servicePid: number, { channel, role }: ExpectedEndpoint): Attachment {
    const named = this.endpointsOf(channel).filter(
      (one) => one.role === role && one.name === service && isAttached(one),
    );
    const own = named.find(({ pid }) => isOfService(pid, servicePid));
    return { own, foreignPid: own === undefined ? named[0]?.pid : undefined };
  }

  private inspect(channel: string): readonly EndpointInfo[] {
    try {
      return watchChannel(this.directory, channel);
    } catch (error) {
      if (BusError.is(error)) return [];
      throw error;
    }
  }
}
