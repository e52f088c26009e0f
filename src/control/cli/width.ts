// The terminal counts columns, not characters: East Asian letters and emoji take two, combining marks none. Node's own count
// (`getStringWidth` of node:readline) is not open to programs.

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** East Asian Width W and F (Unicode Standard Annex 11), in ranges that take what is not assigned with them; U+FE0F asks for an emoji. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]|\ufe0f/u;
/** Marks on the letter before, and what is not seen at all; a soft hyphen is seen. */
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}]|(?!\u00ad)\p{Cf}/gu;
const ASCII = /^[\x20-\x7e]*$/;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of clusters.segment(text)) width += widthOfCluster(segment);
  return width;
}

/** The beginning of a text that takes `most` columns or fewer. */
export function beginning(text: string, most: number): string {
  let width = 0;
  for (const { segment, index } of clusters.segment(text)) {
    width += widthOfCluster(segment);
    if (width > most) return text.slice(0, index);
  }
  return text;
}

/** Of what a person takes for one character: a flag is two code points, a family of emoji seven. */
function widthOfCluster(cluster: string): number {
  if (WIDE.test(cluster)) return 2;
  return [...cluster.replace(WITHOUT_WIDTH, '')].length;
}
