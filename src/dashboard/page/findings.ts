import type { HealthView } from '../wire.js';
import { byId, el, setAll, setText } from './dom.js';
import type { Model } from './model.js';

/** What `apbus health` finds, the worst first, each with what to do. */
export class Findings {
  private readonly status = byId('health');
  private readonly list = byId('findings');
  private readonly choose: (channel: string) => void;
  private drawn = '';

  constructor(choose: (channel: string) => void) {
    this.choose = choose;
  }

  draw({ look }: Model): void {
    const health = look?.health;
    if (health === undefined) return;
    const count = health.findings.length + health.omitted;
    setText(
      this.status,
      count === 0 ? 'healthy' : `${health.status}: ${count} ${count === 1 ? 'finding' : 'findings'}`,
    );
    setAll(this.status, { 'data-mood': moodOfHealth(health) });
    const json = JSON.stringify(health.findings);
    if (json === this.drawn) return;
    this.drawn = json;
    this.update(health);
  }

  /** Those that were there stay, so that a focus does. */
  private update({ findings }: HealthView): void {
    byId('findings-panel').hidden = findings.length === 0;
    for (const [index, { severity, code, channel, endpoint, found, advice }] of findings.entries()) {
      const item = this.list.children[index] ?? this.list.appendChild(this.item());
      setAll(item, { 'data-mood': severity === 'unhealthy' ? 'bad' : 'warn', 'data-channel': channel });
      const [head, text, hint] = item.children;
      setText(head!, [code, channel, endpoint].filter((part) => part !== undefined).join(' · '));
      setText(text!, found);
      setText(hint!, advice);
    }
    while (this.list.children.length > findings.length) this.list.lastElementChild?.remove();
  }

  private item(): HTMLElement {
    const head = el('button', { type: 'button' });
    const item = el('li', {}, head, el('span', { class: 'found' }), el('span', { class: 'advice' }));
    head.addEventListener('click', () => {
      const { channel } = item.dataset;
      if (channel !== undefined) this.choose(channel);
    });
    return item;
  }
}

function moodOfHealth({ status }: HealthView): string {
  return status === 'healthy' ? 'good' : status === 'degraded' ? 'warn' : 'bad';
}
