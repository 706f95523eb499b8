import { channel as diagnosticsChannel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { LIFECYCLE_EVENTS, type LifecycleEvent, type LifecycleEvents } from './events.js';
import { Watcher } from './watcher.js';

/** The name of the diagnostics channel on which the events of all buses of this thread are published. */
export const LIFECYCLE_CHANNEL = 'alphapulse-bus:lifecycle';

const published = diagnosticsChannel(LIFECYCLE_CHANNEL);

/**
 * Emits what happens to the endpoints of some channels, and publishes it on the diagnostics channel. It watches while there
 * is a listener of one of its events, or a subscriber of that channel.
 */
export class Lifecycle extends EventEmitter<LifecycleEvents> {
  /** To be joined by whoever has an endpoint, so that subscribers are heard of; to be ended with the bus. */
  protected readonly watcher: Watcher;
  private readonly anyEvent: EventEmitter = this;

  protected constructor(directory: string, channels: readonly string[]) {
    super();
    const isWanted = (): boolean =>
      published.hasSubscribers || LIFECYCLE_EVENTS.some((name) => this.listenerCount(name) > 0);
    this.watcher = new Watcher({ directory, channels, isWanted, tell: (event) => this.tell(event) });
    // Emitted before the listener is there: the first look is what its first event is compared with.
    this.anyEvent.on('newListener', (name: string) => {
      if ((LIFECYCLE_EVENTS as readonly string[]).includes(name)) this.watcher.begin();
    });
  }

  /** Not from inside the beat: what a listener throws must not cost others theirs. */
  private tell(event: LifecycleEvent): void {
    queueMicrotask(() => {
      if (published.hasSubscribers) published.publish(event);
      this.anyEvent.emit(event.type, event);
    });
  }
}
