import type { ErrorAnswer, MessageEntry, MessagesAnswer } from '../wire.js';
import { byId, byIdAs, el, setText } from './dom.js';
import { bytes } from './figures.js';
import type { Model } from './model.js';

/** Reads messages of the chosen channel, and shows what is in them. It takes no slot, and nobody waits for it. */
export class Inspector {
  private readonly form = byIdAs('inspect', HTMLFormElement);
  private readonly place = byIdAs('inspect-from', HTMLSelectElement);
  private readonly sequence = byIdAs('inspect-sequence', HTMLInputElement);
  private readonly note = byId('inspect-note');
  private readonly list = byId('messages');
  private readonly model: Model;
  private channel: string | undefined;

  constructor(model: Model) {
    this.model = model;
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.read();
    });
    this.place.addEventListener('change', () => this.showSequence());
    this.showSequence();
  }

  /** Another channel may have been chosen: what was read of the last one goes. */
  draw(): void {
    if (this.channel === this.model.selected) return;
    this.channel = this.model.selected;
    this.list.replaceChildren();
    setText(this.note, '');
  }

  private showSequence(): void {
    byId('inspect-sequence-label').hidden = this.place.value !== 'sequence';
  }

  private async read(): Promise<void> {
    const { channel } = this;
    if (channel === undefined) return;
    const from = this.place.value === 'sequence' ? this.sequence.value || '0' : this.place.value;
    setText(this.note, 'reading …');
    try {
      const answer = await fetch(`/api/messages?${new URLSearchParams({ channel, from, limit: '50' }).toString()}`);
      const found = (await answer.json()) as MessagesAnswer | ErrorAnswer;
      if (channel === this.channel) this.show(found);
    } catch {
      setText(this.note, 'The server does not answer.');
    }
  }

  private show(found: MessagesAnswer | ErrorAnswer): void {
    if ('error' in found) {
      this.list.replaceChildren();
      setText(this.note, `${found.error.message} (${found.error.code})`);
      return;
    }
    const { messages, oldest, next, isCut } = found;
    const range = next === 0 ? 'nothing was written yet' : `the ring holds sequences ${oldest} to ${next - 1}`;
    setText(
      this.note,
      `${messages.length} messages; ${range}${isCut ? '; more would be too large for one answer' : ''}`,
    );
    this.list.replaceChildren(...messages.map(messageItem));
  }
}

function messageItem(message: MessageEntry): HTMLElement {
  const { sequence, time, producer, bytes: length, tlvs, text, hex } = message;
  const kinds = tlvs?.map(({ type, name }) => name ?? `TLV ${type}`).join(', ');
  const gist = kinds ?? (text === undefined ? (hex ?? '').slice(0, 48) : text.slice(0, 80));
  const summary = el(
    'summary',
    {},
    el('span', { class: 'sequence' }, String(sequence)),
    el('time', {}, time?.slice(11, 26) ?? '–'),
    el('span', { class: 'producer' }, producer),
    el('span', { class: 'size' }, bytes(length)),
    el('span', { class: 'gist' }, gist),
  );
  const details = el('details', {}, summary);
  // made when it is opened: most never are
  details.addEventListener('toggle', () => details.append(content(message)), { once: true });
  return el('li', {}, details);
}

function content({ tlvs, text, hex, isCut }: MessageEntry): HTMLElement {
  const place = el('div', { class: 'content' });
  if (isCut) place.append(el('p', {}, 'It is long: this is its beginning.'));
  for (const { type, name, value, hex: raw } of tlvs ?? []) {
    place.append(el('h4', {}, name === undefined ? `TLV ${type}` : `${name} (${type})`));
    place.append(
      isRecord(value)
        ? fields(value)
        : el('pre', {}, value === undefined ? hexLines(raw ?? '') : JSON.stringify(value)),
    );
  }
  if (text !== undefined) place.append(el('pre', {}, text));
  if (hex !== undefined) place.append(el('pre', {}, hexLines(hex)));
  return place;
}

function fields(value: Readonly<Record<string, unknown>>): HTMLElement {
  const list = el('dl');
  for (const [name, one] of Object.entries(value)) list.append(el('dt', {}, name), el('dd', {}, fieldText(one)));
  return list;
}

/** Bytes are an object with the numbers 0, 1, ... as keys. */
function fieldText(value: unknown): string {
  if (typeof value === 'string') return value;
  const parts = isRecord(value) ? Object.entries(value) : [];
  if (parts.length === 0 || parts.some(([key, part], index) => key !== String(index) || typeof part !== 'number'))
    return JSON.stringify(value);
  return parts.map(([, part]) => (part as number).toString(16).padStart(2, '0')).join(' ');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sixteen bytes a line. */
function hexLines(hex: string): string {
  const lines = hex.match(/.{1,32}/g) ?? [];
  return lines
    .map((line, at) => `${(at * 16).toString(16).padStart(6, '0')}  ${line.replace(/../g, '$& ')}`)
    .join('\n');
}
