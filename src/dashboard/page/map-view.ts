import type { ChannelView, EndpointView } from '../wire.js';
import { byId, el, setAll, setText, svg } from './dom.js';
import { percent, short } from './figures.js';
import { layOut, NODE, type MapLayout, type MapNode } from './map-layout.js';
import { channelCondition, channelMood, isService, moodOf, type Model, type Mood } from './model.js';

interface DrawnNode {
  readonly group: SVGGElement;
  readonly second: SVGTextElement;
  readonly bar: SVGRectElement;
}

const MOODS: readonly Mood[] = ['quiet', 'good', 'warn', 'bad'];
const NAME_MAX = 19;

/** The map of services and channels, with what flows between them. */
export class MapView {
  private readonly place = byId('map');
  private readonly note = byId('map-note');
  private readonly choose: (channel: string) => void;
  private readonly find: (service: string) => void;
  private layout: MapLayout | undefined;
  private readonly nodes = new Map<string, DrawnNode>();
  private readonly edges = new Map<string, SVGPathElement>();

  constructor(choose: (channel: string) => void, find: (service: string) => void) {
    this.choose = choose;
    this.find = find;
  }

  draw(model: Model): void {
    const channels = model.shown();
    const layout = layOut(channels);
    if (layout.key !== this.layout?.key) this.build(layout);
    this.layout = layout;
    const omitted = layout.omitted > 0 ? `${layout.omitted} more channels are not drawn: type in the filter` : '';
    setText(this.note, channels.length === 0 ? 'No channel to draw.' : omitted);
    const services = new Map<string, EndpointView[]>();
    for (const channel of channels) {
      this.drawChannel(channel, model.selected === channel.name);
      for (const one of channel.endpoints.filter(isService)) {
        services.set(one.name, [...(services.get(one.name) ?? []), one]);
        this.drawEdge(channel.name, one);
      }
    }
    for (const [name, endpoints] of services) this.drawService(name, endpoints);
  }

  private build({ nodes, edges, width, height }: MapLayout): void {
    const focused = [...this.nodes].find(([, { group }]) => group === document.activeElement)?.[0];
    this.nodes.clear();
    this.edges.clear();
    const picture = svg('svg', {
      viewBox: `0 0 ${width} ${height}`,
      role: 'group',
      'aria-label': 'Services and channels',
    });
    picture.style.setProperty('--width', `${width}px`);
    for (const { id, from, to } of edges) {
      const [x1, y1, x2, y2] = [from.x + NODE.width, from.y + NODE.height / 2, to.x, to.y + NODE.height / 2];
      const bend = Math.max(30, Math.abs(x2 - x1) / 2);
      // one that passes a column goes below what stands there
      const sag = Math.abs(x2 - x1) > 2 * NODE.columnGap ? NODE.height * 1.2 : 0;
      const d = `M${x1} ${y1} C${x1 + bend} ${y1 + sag} ${x2 - bend} ${y2 + sag} ${x2} ${y2}`;
      const path = svg('path', { class: 'edge', d });
      this.edges.set(id, path);
      picture.append(path);
    }
    for (const node of nodes) picture.append(this.newNode(node));
    this.place.replaceChildren(el('div', { class: 'scroll' }));
    this.place.firstElementChild?.append(picture);
    // in a new picture too
    if (focused !== undefined) this.nodes.get(focused)?.group.focus({ preventScroll: true });
  }

  private newNode({ id, kind, name, x, y }: MapNode): SVGGElement {
    const { width, height } = NODE;
    const second = svg('text', { x: 12, y: 36, class: 'second' });
    const bar = svg('rect', { x: 12, y: height - 6, width: 0, height: 3, rx: 1.5, class: 'used' });
    const group = svg(
      'g',
      { class: `node ${kind}`, transform: `translate(${x} ${y})`, tabindex: 0, role: 'button' },
      svg('rect', { width, height, rx: kind === 'channel' ? height / 2 : 9, class: 'box' }),
      svg('circle', { cx: width - 16, cy: 16, r: 4, class: 'lamp' }),
      svg('text', { x: kind === 'channel' ? 18 : 12, y: 20, class: 'name' }, cut(name)),
      second,
      ...(kind === 'channel' ? [bar] : []),
    );
    if (kind === 'channel') for (const part of [second, bar]) part.setAttribute('x', '18');
    const act = (): void => (kind === 'channel' ? this.choose(name) : this.find(name));
    group.addEventListener('click', act);
    group.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      act();
    });
    this.nodes.set(id, { group, second, bar });
    return group;
  }

  private drawChannel(channel: ChannelView, isSelected: boolean): void {
    const drawn = this.nodes.get(`channel ${channel.name}`);
    if (drawn === undefined) return;
    const { name, perSecond, used } = channel;
    const condition = channelCondition(channel);
    const label = `Channel ${name}: ${condition}, ${short(perSecond)} messages a second, ${percent(used)} used`;
    const attributes = { 'data-mood': channelMood(channel), 'aria-label': label, 'aria-pressed': String(isSelected) };
    setAll(drawn.group, attributes);
    setText(drawn.second, channel.state === 'unusable' ? 'unusable' : `${short(perSecond)}/s · ${percent(used)} used`);
    setAll(drawn.bar, { width: Math.round((NODE.width - 36) * used), 'data-full': used > 0.9 });
  }

  private drawService(name: string, endpoints: readonly EndpointView[]): void {
    const drawn = this.nodes.get(`service ${name}`);
    if (drawn === undefined) return;
    const worst = endpoints.toSorted((a, b) => MOODS.indexOf(moodOf(b)) - MOODS.indexOf(moodOf(a)))[0]!;
    const attributes = {
      'data-mood': moodOf(worst),
      'data-service': name,
      'aria-label': `Service ${name}: ${worst.state}, process ${worst.pid}. Show its channels only`,
    };
    setAll(drawn.group, attributes);
    setText(drawn.second, worst.state === 'alive' ? `process ${worst.pid}` : `${worst.state} · ${worst.pid}`);
  }

  private drawEdge(channel: string, one: EndpointView): void {
    const [service, ring] = [`service ${one.name}`, `channel ${channel}`];
    const path = this.edges.get(one.role === 'producer' ? `${service} > ${ring}` : `${ring} > ${service}`);
    if (path === undefined) return;
    const pace =
      one.perSecond >= 10_000 ? 'fast' : one.perSecond >= 100 ? 'brisk' : one.perSecond > 0 ? 'slow' : 'none';
    setAll(path, {
      'data-mood': moodOf(one),
      'data-pace': pace,
      'stroke-width': Math.min(6, 1.5 + Math.log10(1 + one.perSecond) * 0.7).toFixed(1),
    });
  }
}

function cut(name: string): string {
  return name.length <= NAME_MAX ? name : `${name.slice(0, NAME_MAX - 1)}…`;
}
