import type { ChannelView } from '../wire.js';
import { byId, el, setAll, setText } from './dom.js';
import { bytes, short, timeOfDay } from './figures.js';
import { channelCondition, channelMood, type Model } from './model.js';

/** What there is to say of the chosen channel beside its figures over time. */
export class Details {
  private readonly name = byId('channel-name');
  private readonly state = byId('channel-state');
  private readonly facts = byId('channel-facts');
  private readonly values = new Map<string, HTMLElement>();

  draw({ selected, channels, removed }: Model): void {
    const channel = selected === undefined ? undefined : channels.get(selected);
    setAll(byId('channel'), { hidden: selected === undefined });
    setText(this.name, selected ?? '');
    if (channel === undefined) {
      const at = selected === undefined ? undefined : removed.get(selected);
      const when = at === undefined ? '' : ` at ${timeOfDay(at)}`;
      setText(this.state, `its segment was removed${when}; what is shown is what was seen last`);
      setAll(this.state, { 'data-mood': 'bad' });
      return;
    }
    setText(this.state, channelCondition(channel));
    setAll(this.state, { 'data-mood': channelMood(channel) });
    for (const [title, value] of factsOf(channel)) this.set(title, value);
  }

  private set(title: string, value: string): void {
    let place = this.values.get(title);
    if (place === undefined) {
      place = el('dd');
      this.values.set(title, place);
      this.facts.append(el('div', {}, el('dt', {}, title), place));
    }
    setText(place, value);
  }
}

function factsOf({
  type,
  mode,
  capacityBytes,
  written,
  lost,
  repairs,
  breaker,
  journal,
}: ChannelView): [string, string][] {
  const gaps = journal === undefined ? '' : `, ${short(journal.behind)} to be written, ${short(journal.gaps)} missed`;
  return [
    ['Type', `${type}, ${mode}`],
    ['Ring', bytes(capacityBytes)],
    ['Written', `${written} records`],
    ['Lost by consumers', String(lost)],
    ['Died with a producer', String(repairs)],
    ['Circuit breaker', breaker ?? 'none'],
    [
      'Journal',
      journal === undefined
        ? 'not recorded'
        : `${journal.state}${journal.error === undefined ? '' : ` (${journal.error})`}${gaps}`,
    ],
  ];
}
