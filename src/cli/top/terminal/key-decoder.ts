const ESCAPE = '\u001b';
/** A sequence that is longer is none, and is forgotten. */
const SEQUENCE_MAX = 32;

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u000c': 'ctrl-l',
  '\u001a': 'ctrl-z',
};

const SEQUENCES: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
};

/**
 * Makes keys of what a terminal sends: characters as they are, others by name (`up`, `enter`, `ctrl-c`). Escape sequences may
 * come in pieces; those that it does not know are swallowed whole.
 */
export class KeyDecoder {
  private pending = '';

  /** Whether there is the beginning of a sequence, which may also be the escape key alone: the caller waits a moment. */
  get isPending(): boolean {
    return this.pending !== '';
  }

  push(text: string): string[] {
    const keys: string[] = [];
    for (const character of text) {
      if (this.pending !== '') this.goOn(character, keys);
      else if (character === ESCAPE) this.pending = ESCAPE;
      else keyOf(character, keys);
    }
    return keys;
  }

  /** Nothing more came: the escape key, if that was all. */
  flush(): string[] {
    const { pending } = this;
    this.pending = '';
    return pending === ESCAPE ? ['escape'] : [];
  }

  private goOn(character: string, keys: string[]): void {
    if (this.pending === ESCAPE && character !== '[' && character !== 'O') {
      // the escape key, and then another; or a key with Alt, which means nothing here
      this.pending = character === ESCAPE ? ESCAPE : '';
      if (character === ESCAPE) keys.push('escape');
      return;
    }
    this.pending += character;
    const isBody = this.pending.length === 2 || /[\x20-\x3f]/.test(character);
    if (isBody && this.pending.length < SEQUENCE_MAX) return;
    const key = SEQUENCES[this.pending.slice(2)];
    this.pending = '';
    if (key !== undefined) keys.push(key);
  }
}

function keyOf(character: string, keys: string[]): void {
  const control = CONTROLS[character];
  if (control !== undefined) keys.push(control);
  else if (character >= ' ') keys.push(character);
}
