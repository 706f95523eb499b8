import { byId, el, setAll, setText } from './dom.js';
import { bytes, short } from './figures.js';
import { isService, moodOf, type Model, type Mood } from './model.js';

/** The figures of the whole bus, above everything else. */
export class Tiles {
  private readonly place = byId('tiles');
  private readonly tiles = new Map<string, { tile: HTMLElement; value: HTMLElement; note: HTMLElement }>();

  draw(model: Model): void {
    const channels = [...model.channels.values()];
    const sum = (of: (channel: (typeof channels)[number]) => number): number =>
      channels.reduce((total, channel) => total + of(channel), 0);
    const endpoints = channels.flatMap((channel) => channel.endpoints).filter(isService);
    const alive = endpoints.filter((one) => moodOf(one) === 'good' || moodOf(one) === 'warn');
    const services = new Set(alive.map(({ name }) => name)).size;
    const bad = new Set(endpoints.filter((one) => moodOf(one) === 'bad').map(({ name }) => name)).size;
    const warn = new Set(endpoints.filter((one) => moodOf(one) === 'warn').map(({ name }) => name)).size;
    const slowest = channels.toSorted((a, b) => b.lag - a.lag)[0];
    const lost = sum((channel) => channel.lost);
    const unusable = channels.filter(({ state }) => state === 'unusable').length;
    const omitted = model.look?.omitted ?? 0;
    const kept = omitted > 0 ? `${omitted} more are not shown` : unusable > 0 ? `${unusable} unusable` : 'all readable';
    this.set('Channels', String(channels.length), kept, unusable > 0 ? 'bad' : 'quiet');
    this.set('Services', String(services), troubles(bad, warn), bad > 0 ? 'bad' : warn > 0 ? 'warn' : 'good');
    this.set(
      'Messages / s',
      short(sum(({ perSecond }) => perSecond)),
      `${short(sum(({ written }) => written))} in all`,
    );
    this.set('Bytes / s', bytes(sum(({ bytesPerSecond }) => bytesPerSecond)), 'in the rings');
    const behind = slowest === undefined || slowest.lag === 0 ? 'nobody is behind' : `in ${slowest.name}`;
    this.set('Greatest lag', short(slowest?.lag ?? 0), behind);
    this.set('Lost', short(lost), lost > 0 ? 'messages that consumers missed' : 'nothing', lost > 0 ? 'warn' : 'good');
  }

  private set(title: string, value: string, note: string, mood: Mood = 'quiet'): void {
    let found = this.tiles.get(title);
    if (found === undefined) {
      const parts = { value: el('dd', { class: 'value' }), note: el('dd', { class: 'note' }) };
      found = { tile: el('div', { class: 'tile' }, el('dt', {}, title), parts.value, parts.note), ...parts };
      this.tiles.set(title, found);
      this.place.append(found.tile);
    }
    setAll(found.tile, { 'data-mood': mood });
    setText(found.value, value);
    setText(found.note, note);
  }
}

function troubles(bad: number, warn: number): string {
  if (bad > 0) return warn > 0 ? `${bad} dead, ${warn} in trouble` : `${bad} dead`;
  return warn > 0 ? `${warn} in trouble` : 'all alive';
}
