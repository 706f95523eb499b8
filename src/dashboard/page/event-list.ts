import type { EventView } from '../wire.js';
import { byId, el, setText } from './dom.js';
import { timeOfDay } from './figures.js';
import type { Model } from './model.js';

const SHOWN_MAX = 60;

/** What has happened, newest first. */
export class EventList {
  private readonly list = byId('events');
  private readonly note = byId('events-note');
  private newest: EventView | undefined;

  draw({ events }: Model): void {
    setText(this.note, events.length === 0 ? 'Nothing has happened since the dashboard was started.' : '');
    const known = this.newest === undefined ? -1 : events.indexOf(this.newest);
    const fresh = known < 0 ? events : events.slice(0, known);
    // what it shows was told anew
    if (known < 0) this.list.replaceChildren();
    this.newest = events[0];
    this.list.prepend(...fresh.slice(0, SHOWN_MAX).map(item));
    while (this.list.children.length > SHOWN_MAX) this.list.lastElementChild?.remove();
  }
}

function item({ at, channel, type, text, isBad }: EventView): HTMLElement {
  return el(
    'li',
    { 'data-mood': isBad ? 'bad' : 'quiet' },
    el('time', {}, timeOfDay(at)),
    el('span', { class: 'kind' }, type),
    el('span', { class: 'what' }, text),
    el('span', { class: 'where' }, channel),
  );
}
