import type { LookMessage } from '../wire.js';
import { ChannelHistory } from '../channel-history.js';
import { Charts } from './charts.js';
import { askHistory, connect, type ConnectionState } from './connection.js';
import { Details } from './details.js';
import { byId, byIdAs, setAll, setText } from './dom.js';
import { EventList } from './event-list.js';
import { timeOfDay } from './figures.js';
import { Findings } from './findings.js';
import { Inspector } from './inspector.js';
import { MapView } from './map-view.js';
import { Model } from './model.js';
import { channelTable, endpointTable } from './tables.js';
import { startTheme } from './theme.js';
import { Tiles } from './tiles.js';

/*
 * The page: one model of what the server tells, drawn anew by every part after each look.
 */

const model = new Model(new ChannelHistory(askHistory, () => charts.draw(model)));
const choose = (channel: string): void => {
  model.choose(channel);
  draw();
};
const filter = byIdAs('filter', HTMLInputElement);
const find = (text: string): void => {
  filter.value = text;
  model.filter = text;
  draw();
};
const tiles = new Tiles();
const map = new MapView(choose, find);
const channels = channelTable(choose, () => model.selected);
const endpoints = endpointTable();
const details = new Details();
const charts = new Charts(() => charts.draw(model));
const events = new EventList();
const findings = new Findings(choose);
const inspector = new Inspector(model);
let isPaused = false;
/** Of the connection, as it was told last. */
let connection: { readonly state: ConnectionState; readonly why: string } = { state: 'connecting', why: '' };

function draw(): void {
  tiles.draw(model);
  findings.draw(model);
  map.draw(model);
  channels.draw(model.shown());
  endpoints.draw(model.channels.get(model.selected ?? '')?.endpoints ?? []);
  details.draw(model);
  charts.draw(model);
  events.draw(model);
  inspector.draw();
}

function take(look: LookMessage): void {
  model.apply(look);
  setText(byId('directory'), look.directory);
  setText(byId('time'), look.at === 0 ? '' : timeOfDay(look.at));
  setText(byId('fault'), look.fault ?? '');
  byId('fault').hidden = look.fault === undefined;
  // hidden pages are not drawn; what they missed is in the model
  if (!isPaused && !document.hidden) draw();
}

const WORDS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'not connected',
  ended: 'ended',
};

function tell(state: ConnectionState, why = ''): void {
  connection = { state, why };
  const place = byId('connection');
  setText(place, isPaused && state === 'live' ? 'paused' : `${WORDS[state]}${why === '' ? '' : `: ${why}`}`);
  setAll(place, {
    'data-mood': state === 'live' ? (isPaused ? 'warn' : 'good') : state === 'connecting' ? 'quiet' : 'bad',
  });
}

const pause = byIdAs('pause', HTMLButtonElement);
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  setText(pause, isPaused ? '▶ go on' : '❚❚ pause');
  setAll(pause, { 'aria-pressed': String(isPaused) });
  tell(connection.state, connection.why);
  if (!isPaused) draw();
});
filter.addEventListener('input', () => find(filter.value));
document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === 'Escape' && event.target === filter) find('');
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !isPaused) draw();
});
startTheme(() => {
  charts.rebuild();
  charts.draw(model);
});
const begin = (): void => connect({ look: take, state: tell });
// what stands in index.html is painted before the first look is drawn, which takes longer; a hidden page has no frames
if (document.hidden) begin();
else requestAnimationFrame(() => requestAnimationFrame(begin));
