/** 1,234,567 */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three figures and a unit: 850 ns, 12.3 µs, 1.25 ms, 2.00 s; a dash for nothing measured. */
export function formatNs(ns: number | undefined): string {
  if (ns === undefined || ns === 0) return '-';
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} µs`;
  if (ns < 1e9) return `${toThree(ns / 1e6)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}

function toThree(value: number): string {
  return value < 100 ? value.toPrecision(3) : value.toFixed(0);
}

/** Lines up columns: the first `leftColumns` to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[], leftColumns: number): string[] {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < leftColumns ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
