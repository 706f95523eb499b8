import { byIdAs, setText } from './dom.js';

const CHOICES = ['auto', 'light', 'dark'] as const;
type Choice = (typeof CHOICES)[number];
const KEY = 'apbus-theme';

/** Light or dark: as the system is, until the button was used; tells when it has changed. */
export function startTheme(changed: () => void): void {
  const button = byIdAs('theme', HTMLButtonElement);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let choice = CHOICES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto';
  const show = (next: Choice): void => {
    choice = next;
    document.documentElement.dataset['theme'] = next === 'auto' ? (dark.matches ? 'dark' : 'light') : next;
    setText(button, next === 'auto' ? '◐ auto' : next === 'light' ? '☀ light' : '☾ dark');
    button.setAttribute('aria-label', `Colours: ${next}. Change`);
    changed();
  };
  button.addEventListener('click', () => {
    const next = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? 'auto';
    localStorage.setItem(KEY, next);
    show(next);
  });
  dark.addEventListener('change', () => show(choice));
  show(choice);
}

/** A colour of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
