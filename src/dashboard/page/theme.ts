import { byIdAs, setText } from './dom.js';

const CHOICES = ['auto', 'light', 'dark'] as const;
type Choice = (typeof CHOICES)[number];
const KEY = 'apbus-theme';

/** Light or dark: as the system is, until the button was used; tells when it has changed. */
export function startTheme(changed: () => void): void {
  const button = byIdAs('theme', HTMLButtonElement);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let choice = chosenBefore();
  const show = (next: Choice): void => {
    choice = next;
    document.documentElement.dataset['theme'] = next === 'auto' ? (dark.matches ? 'dark' : 'light') : next;
    setText(button, next === 'auto' ? '◐ auto' : next === 'light' ? '☀ light' : '☾ dark');
    button.setAttribute('aria-label', `Colours: ${next}. Change`);
    changed();
  };
  button.addEventListener('click', () => {
    const next = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? 'auto';
    remember(next);
    show(next);
  });
  dark.addEventListener('change', () => show(choice));
  show(choice);
}

/** A browser that keeps nothing refuses to be asked, too: there it is chosen anew on each page. */
function chosenBefore(): Choice {
  try {
    return CHOICES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function remember(choice: Choice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // see above
  }
}

/** A colour of the style sheet. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
