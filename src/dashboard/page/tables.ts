import type { ChannelView, EndpointView } from '../wire.js';
import { byId } from './dom.js';
import { bytes, nanoseconds, percent, short } from './figures.js';
import { channelCondition, channelMood, moodOf } from './model.js';
import { PagedTable } from './paged-table.js';

/** All channels, one a row. */
export function channelTable(
  choose: (channel: string) => void,
  chosen: () => string | undefined,
): PagedTable<ChannelView> {
  return new PagedTable<ChannelView>(byId('channels'), {
    label: 'Channels',
    key: ({ name }) => name,
    mood: channelMood,
    pageSize: 20,
    empty: 'no channel',
    choose: ({ name }) => choose(name),
    isChosen: ({ name }) => name === chosen(),
    columns: [
      { key: 'name', title: 'channel', text: ({ name }) => name },
      { key: 'state', title: 'state', text: channelCondition },
      { key: 'type', title: 'type', text: ({ type }) => type },
      number('rate', 'msg/s', ({ perSecond }) => perSecond, short),
      number('bytes', 'bytes/s', ({ bytesPerSecond }) => bytesPerSecond, bytes),
      number('written', 'written', ({ written }) => written, String),
      { ...number('used', 'used', ({ used }: ChannelView) => used, percent), share: ({ used }) => used },
      number('lag', 'lag', ({ lag }) => lag, short),
      number('lost', 'lost', ({ lost }) => lost, short),
      number(
        'p99',
        'p99',
        ({ latency }) => latency.p99 ?? -1,
        (ns) => nanoseconds(ns < 0 ? undefined : ns),
      ),
      {
        key: 'journal',
        title: 'journal',
        text: ({ journal }) =>
          journal === undefined
            ? '–'
            : journal.behind > 0
              ? `${journal.state}, ${short(journal.behind)} behind`
              : journal.state,
      },
    ],
  });
}

/** The producers and consumers of one channel. */
export function endpointTable(): PagedTable<EndpointView> {
  return new PagedTable<EndpointView>(byId('endpoints'), {
    label: 'Endpoints',
    key: ({ role, slot }) => `${role} ${slot}`,
    mood: moodOf,
    pageSize: 20,
    empty: 'nobody has opened this channel',
    columns: [
      { key: 'name', title: 'service', text: ({ name }) => (name === '.recorder' ? 'journal recorder' : name) },
      { key: 'role', title: 'role', text: ({ role }) => role },
      {
        key: 'state',
        title: 'state',
        text: ({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`),
      },
      number('pid', 'process', ({ pid }) => pid, String),
      number('rate', 'msg/s', ({ perSecond }) => perSecond, short),
      number('messages', 'messages', ({ messages }) => messages, String),
      number('lag', 'lag', ({ lag }) => lag ?? -1, dash(short)),
      number(
        'lagMs',
        'waiting',
        ({ lagMs }) => lagMs ?? -1,
        dash((ms) => `${ms} ms`),
      ),
      number('lost', 'lost', ({ lost }) => lost ?? -1, dash(short)),
      number('p50', 'p50', ({ latency }) => latency?.p50 ?? -1, dash(nanoseconds)),
      number('p99', 'p99', ({ latency }) => latency?.p99 ?? -1, dash(nanoseconds)),
      { key: 'gates', title: 'waited for', text: ({ gates }) => (gates === undefined ? '–' : gates ? 'yes' : 'no') },
    ],
  });
}

function number<Row>(key: string, title: string, value: (row: Row) => number, text: (value: number) => string) {
  return { key, title, isNumber: true, text: (row: Row) => text(value(row)), sort: value };
}

function dash(text: (value: number) => string): (value: number) => string {
  return (value) => (value < 0 ? '–' : text(value));
}
