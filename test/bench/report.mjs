// Medians of all rounds, and ratios of the first peer to each other one.
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
};

/** Samples `{ peer, what, unit, value }` as rows `{ what, unit, medians, spreads, ratios }`, in the order of their first appearance. */
export function rows(samples, peers) {
  return [...new Set(samples.map(({ what }) => what))].map((what) => {
    const of = (peer) => samples.filter((s) => s.peer === peer && s.what === what).map((s) => s.value);
    const medians = peers.map((peer) => median(of(peer)));
    return {
      what,
      unit: samples.find((s) => s.what === what).unit,
      medians,
      spreads: peers.map((peer) => `${number(Math.min(...of(peer)))}-${number(Math.max(...of(peer)))}`),
      ratios: medians.slice(1).map((other) => medians[0] / other),
    };
  });
}

const number = (value) => (Number.isFinite(value) ? value.toFixed(value < 100 ? 1 : 0) : '-');

/** The rows as a table; the spread of the rounds stands behind each median. */
export function table(samples, peers) {
  const head = ['', 'unit', ...peers.flatMap((peer) => [peer, '']), ...peers.slice(1).map((peer) => `${peers[0]}/${peer}`)];
  const body = rows(samples, peers).map(({ what, unit, medians, spreads, ratios }) => [
    what,
    unit,
    ...medians.flatMap((value, i) => [number(value), `(${spreads[i]})`]),
    ...ratios.map((ratio) => (Number.isFinite(ratio) ? ratio.toFixed(2) : '-')),
  ]);
  const all = [head, ...body];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}
