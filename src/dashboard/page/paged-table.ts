import { el, setAll, setText } from './dom.js';

export interface Column<Row> {
  readonly title: string;
  readonly key: string;
  readonly text: (row: Row) => string;
  /** What it is sorted by; its text unless it is said. */
  readonly sort?: (row: Row) => number | string;
  readonly isNumber?: boolean;
  /** 0 to 1: drawn as a bar behind the text. */
  readonly share?: (row: Row) => number;
}

export interface TableSettings<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly key: (row: Row) => string;
  /** data-mood of the row. */
  readonly mood: (row: Row) => string;
  readonly pageSize: number;
  readonly empty: string;
  /** Where the first cell is a button. */
  readonly choose?: (row: Row) => void;
  readonly isChosen?: (row: Row) => boolean;
}

interface Drawn<Row> {
  row: Row;
  readonly tr: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
}

/** A table of any length: sorted by its headings, a page of it in the document, its rows kept from look to look. */
export class PagedTable<Row> {
  private readonly settings: TableSettings<Row>;
  private readonly body = el('tbody');
  private readonly headings: HTMLTableCellElement[] = [];
  private readonly position = el('span', { class: 'position' });
  private readonly pager: HTMLElement;
  private readonly drawn = new Map<string, Drawn<Row>>();
  private rows: readonly Row[] = [];
  private sorted = 0;
  private isDown = false;
  private page = 0;

  constructor(place: HTMLElement, settings: TableSettings<Row>) {
    this.settings = settings;
    const head = el('tr');
    for (const [index, { title, isNumber }] of settings.columns.entries()) {
      const button = el('button', { type: 'button' }, title);
      button.addEventListener('click', () => this.sortBy(index));
      const heading = el('th', { scope: 'col', class: isNumber ? 'number' : undefined }, button);
      this.headings.push(heading);
      head.append(heading);
    }
    const table = el('table', { 'aria-label': settings.label }, el('thead', {}, head), this.body);
    this.pager = el('div', { class: 'pager' }, this.turner('‹ back', -1), this.position, this.turner('on ›', 1));
    place.append(el('div', { class: 'scroll' }, table), this.pager);
    this.showSort();
  }

  draw(rows: readonly Row[]): void {
    this.rows = rows;
    const { columns, pageSize, key, empty } = this.settings;
    const { sort, text } = columns[this.sorted]!;
    const ordered = rows.toSorted((a, b) => {
      const [left, right] = this.isDown ? [b, a] : [a, b];
      return compare((sort ?? text)(left), (sort ?? text)(right)) || compare(key(a), key(b));
    });
    const pages = Math.max(1, Math.ceil(ordered.length / pageSize));
    this.page = Math.min(this.page, pages - 1);
    const first = this.page * pageSize;
    const shown = ordered.slice(first, first + pageSize);
    const keys = new Set(shown.map(key));
    const focused = document.activeElement;
    for (const [old, { tr }] of this.drawn) {
      if (keys.has(old)) continue;
      tr.remove();
      this.drawn.delete(old);
    }
    for (const [index, row] of shown.entries()) {
      const { tr } = this.rowOf(row);
      // one that stands where it should is not moved: it may have the focus
      if (this.body.children[index] !== tr) this.body.insertBefore(tr, this.body.children[index] ?? null);
    }
    // a row that was moved has lost it
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.body.contains(focused))
      focused.focus({ preventScroll: true });
    setAll(this.pager, { hidden: pages === 1 && ordered.length > 0 });
    setText(this.position, ordered.length === 0 ? empty : `${first + 1}–${first + shown.length} of ${ordered.length}`);
    for (const button of this.pager.querySelectorAll('button')) button.hidden = pages === 1;
  }

  private rowOf(row: Row): Drawn<Row> {
    const { columns, key, mood, choose, isChosen } = this.settings;
    let drawn = this.drawn.get(key(row));
    if (drawn === undefined) {
      drawn = this.newRow(row);
      this.drawn.set(key(row), drawn);
    }
    drawn.row = row;
    setAll(drawn.tr, { 'data-mood': mood(row), 'aria-selected': choose && String(isChosen?.(row) ?? false) });
    for (const [index, { text, share }] of columns.entries()) {
      const cell = drawn.cells[index]!;
      setText(cell, text(row));
      if (share !== undefined) cell.parentElement?.style.setProperty('--share', `${Math.round(share(row) * 100)}%`);
    }
    return drawn;
  }

  private newRow(row: Row): Drawn<Row> {
    const { columns, choose, key } = this.settings;
    const tr = el('tr', { 'data-key': key(row) });
    const drawn: { row: Row; tr: HTMLTableRowElement; cells: HTMLElement[] } = { row, tr, cells: [] };
    for (const [index, { key: name, isNumber, share }] of columns.entries()) {
      const isButton = index === 0 && choose !== undefined;
      const cell = isButton ? el('button', { type: 'button' }) : el('span');
      const kind = `${isNumber ? 'number' : ''} ${share === undefined ? '' : 'bar'}`.trim();
      tr.append(el('td', { 'data-column': name, class: kind || undefined }, cell));
      drawn.cells.push(cell);
    }
    if (choose !== undefined) tr.addEventListener('click', () => choose(drawn.row));
    return drawn;
  }

  private turner(text: string, by: number): HTMLButtonElement {
    const label = `${this.settings.label}: ${by < 0 ? 'page before' : 'next page'}`;
    const button = el('button', { type: 'button', 'aria-label': label }, text);
    button.addEventListener('click', () => {
      this.page = Math.max(0, this.page + by);
      this.draw(this.rows);
    });
    return button;
  }

  private sortBy(index: number): void {
    this.isDown = index === this.sorted ? !this.isDown : this.settings.columns[index]?.isNumber === true;
    this.sorted = index;
    this.page = 0;
    this.showSort();
    this.draw(this.rows);
  }

  private showSort(): void {
    for (const [index, heading] of this.headings.entries())
      setAll(heading, { 'aria-sort': index !== this.sorted ? 'none' : this.isDown ? 'descending' : 'ascending' });
  }
}

function compare(a: number | string, b: number | string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
