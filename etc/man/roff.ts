// The macros of man(7), as far as these pages need them.

/** Text as roff: a dash stays a dash, and no line is taken for a request. */
export function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^([.'])/gm, '\\&$1');
}

export const bold = (text: string) => `\\fB${plain(text)}\\fR`;
export const italic = (text: string) => `\\fI${plain(text)}\\fR`;

/** A page's first lines. `date`: as it is shown at the foot. */
export function head(name: string, section: number, date: string, source: string, manual: string, purpose: string): string {
  return `.TH ${name.toUpperCase()} ${section} "${date}" "${source}" "${manual}"\n.SH NAME\n${plain(name)} \\- ${plain(purpose)}\n`;
}

/** A section; its body is roff already. */
export function section(title: string, ...body: readonly string[]): string {
  return `.SH "${plain(title)}"\n${body.join('')}`;
}

export function paragraph(text: string): string {
  return `.PP\n${plain(text)}\n`;
}

/** A term and what it means; both are roff already. */
export function entry(term: string, ...meaning: readonly string[]): string {
  return `.TP\n${term}\n${meaning.join('\n.br\n')}\n`;
}

/** Lines that stay as they are. */
export function example(text: string): string {
  return `.PP\n.nf\n.RS 4\n${plain(text.trimEnd())}\n.RE\n.fi\n`;
}

/** Words in capitals are what a person puts in the place of them: `--config DIR`. */
export function usage(words: string): string {
  return words
    .split(/([A-Z]{2,}|<[a-z=]+>)/)
    .map((part, at) => (part === '' ? '' : at % 2 === 1 ? italic(part.replace(/[<>]/g, '').toUpperCase()) : bold(part)))
    .join('');
}
