import type { LifecycleEvent } from '../liveness/events.js';
import type { EventView } from './wire.js';

const BAD = ['died', 'stalled', 'repaired', 'evicted'];

/** An event in words, for the page. */
export function eventView(event: LifecycleEvent, atMs: number): EventView {
  const { type, channel } = event;
  const about = 'name' in event ? { who: event.name, pid: event.pid } : {};
  return { at: atMs, type, channel, ...about, text: textOf(event), isBad: BAD.includes(type) };
}

function textOf(event: LifecycleEvent): string {
  switch (event.type) {
    case 'attached':
      return `${event.role} ${event.name} attached`;
    case 'detached':
      return `${event.role} ${event.name} was closed`;
    case 'died':
      return `${event.role} ${event.name} died`;
    case 'stalled':
      return `${event.role} ${event.name} is ${event.state}: ${event.reason}`;
    case 'recovered':
      return `${event.role} ${event.name} moves again`;
    case 'repaired':
      return `${event.repairs} messages died with their producer`;
    case 'failover':
      return `${event.name} took over from ${event.previousName}`;
    case 'evicted':
      return `producers stopped waiting for ${event.name}`;
  }
}

/** Messages of which a consumer has just been found to have lost some. */
export function lossView(channel: string, who: string, pid: number, lost: number, atMs: number): EventView {
  const text = `consumer ${who} lost ${lost} messages`;
  return { at: atMs, type: 'lost', channel, who, pid, text, isBad: true };
}

/** The segment of a channel that was shown is not there any more, or there is another one. */
export function segmentView(channel: string, type: 'removed' | 'remade', atMs: number): EventView {
  const text = type === 'removed' ? 'the segment was removed' : 'the segment was made anew';
  return { at: atMs, type, channel, text, isBad: type === 'removed' };
}
