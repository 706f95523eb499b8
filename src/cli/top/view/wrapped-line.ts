import { cutText, widthOf, type Line } from './styled-text.js';

const WRAPPED_MAX = 20;

/** A line that is too long goes on in the next one, below where its text begins. */
export function wrapLine(line: Line, columns: number): Line[] {
  const width = line.reduce((sum, { text }) => sum + widthOf(text), 0);
  const last = line.at(-1);
  if (width <= columns || last === undefined) return [line];
  const indent = width - widthOf(last.text);
  const room = columns - indent;
  if (room < 10) return [line];
  const lines: Line[] = [];
  let rest = last.text;
  while (rest !== '' && lines.length < WRAPPED_MAX) {
    const part = widthOf(rest) <= room ? rest : breakAt(rest, room);
    const before = lines.length === 0 ? line.slice(0, -1) : [{ text: ' '.repeat(indent) }];
    lines.push([...before, { ...last, text: part }]);
    rest = rest.slice(part.length).trimStart();
  }
  return lines;
}

function breakAt(text: string, columns: number): string {
  const cut = cutText(text, columns + 1).slice(0, -1);
  const space = cut.lastIndexOf(' ');
  return space > columns / 2 ? cut.slice(0, space) : cut;
}
