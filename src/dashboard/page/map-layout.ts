import type { ChannelView } from '../wire.js';
import { channelMood, isService, moodOf, type Mood } from './model.js';

/** More would be no picture any more. Those that are in trouble come first, then the busiest. */
const CHANNELS_MAX = 24;
const ENDPOINTS_MAX = 12;
export const NODE = { width: 182, height: 48, columnGap: 62, rowGap: 16 } as const;

export interface MapNode {
  readonly id: string;
  readonly kind: 'service' | 'channel';
  readonly name: string;
  x: number;
  y: number;
}

export interface MapEdge {
  readonly id: string;
  readonly from: MapNode;
  readonly to: MapNode;
}

export interface MapLayout {
  /** Tells two pictures apart: figures may change without a new one. */
  readonly key: string;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly width: number;
  readonly height: number;
  readonly omitted: number;
}

const RANK: Readonly<Record<Mood, number>> = { bad: 0, warn: 1, good: 2, quiet: 3 };

/** Which of many channels the map shows. */
export function mapped(channels: readonly ChannelView[]): ChannelView[] {
  if (channels.length <= CHANNELS_MAX) return [...channels];
  return channels
    .toSorted((a, b) => RANK[channelMood(a)] - RANK[channelMood(b)] || b.written - a.written)
    .slice(0, CHANNELS_MAX);
}

/** Services and channels in columns, so that messages go from left to right. */
export function layOut(channels: readonly ChannelView[]): MapLayout {
  const shown = mapped(channels).sort((a, b) => (a.name < b.name ? -1 : 1));
  const nodes = new Map<string, MapNode>();
  const edges: MapEdge[] = [];
  const node = (kind: MapNode['kind'], name: string): MapNode => {
    const id = `${kind} ${name}`;
    const found = nodes.get(id) ?? { id, kind, name, x: 0, y: 0 };
    nodes.set(id, found);
    return found;
  };
  for (const { name, endpoints } of shown) {
    const channel = node('channel', name);
    for (const one of endpoints.filter((each) => isService(each) && moodOf(each) !== 'quiet').slice(0, ENDPOINTS_MAX)) {
      const service = node('service', one.name);
      const [from, to] = one.role === 'producer' ? [service, channel] : [channel, service];
      const id = `${from.id} > ${to.id}`;
      if (!edges.some((edge) => edge.id === id)) edges.push({ id, from, to });
    }
  }
  const all = [...nodes.values()];
  const columns = inColumns(all, edges);
  const height = Math.max(1, ...columns.map(({ length }) => length)) * (NODE.height + NODE.rowGap) + 2 * NODE.rowGap;
  place(columns, edges, height);
  const width = Math.max(1, columns.length) * (NODE.width + NODE.columnGap) - NODE.columnGap + 2 * NODE.rowGap;
  const key = `${all.map(({ id }) => id).join('|')}\n${edges.map(({ id }) => id).join('|')}`;
  return { key, nodes: all, edges, width, height, omitted: channels.length - shown.length };
}

/** Each as far to the right as the longest way to it; a way back (a cycle) does not count. */
function inColumns(nodes: readonly MapNode[], edges: readonly MapEdge[]): MapNode[][] {
  const depth = new Map<MapNode, number>();
  const onWay = new Set<MapNode>();
  const depthOf = (node: MapNode): number => {
    const known = depth.get(node);
    if (known !== undefined) return known;
    onWay.add(node);
    const before = edges.filter(({ to, from }) => to === node && !onWay.has(from)).map(({ from }) => depthOf(from) + 1);
    onWay.delete(node);
    const found = Math.max(0, ...before);
    depth.set(node, found);
    return found;
  };
  const columns: MapNode[][] = [];
  for (const node of nodes) {
    // a channel without a producer stands where channels stand
    const at = Math.max(depthOf(node), node.kind === 'channel' ? 1 : 0);
    (columns[at] ??= []).push(node);
  }
  return Array.from(columns, (column) => column ?? []).filter((column) => column.length > 0);
}

/** Each near those that lead to it. */
function place(columns: readonly MapNode[][], edges: readonly MapEdge[], height: number): void {
  for (const [index, column] of columns.entries()) {
    const wish = new Map(
      column.map((node) => [node, average(edges.filter(({ to }) => to === node).map(({ from }) => from.y))]),
    );
    if (index > 0) column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || (a.name < b.name ? -1 : 1));
    const step = NODE.height + NODE.rowGap;
    const top = (height - column.length * step + NODE.rowGap) / 2;
    for (const [row, node] of column.entries()) {
      node.x = NODE.rowGap + index * (NODE.width + NODE.columnGap);
      node.y = top + row * step;
    }
  }
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
