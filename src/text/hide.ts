/** What stands in place of a secret. */
export const HIDDEN = '(hidden)';

const URI_PASSWORD = /\b([Ss][Ii][Pp][Ss]?:[^\x00-\x20@:<>"]*:)([^\x00-\x20@:<>"]*)@/g;

/**
 * Takes the passwords out of the URIs in a text that people will see: `sip:alice:secret@example.org` (RFC 3261 §19.1.1 allows them, and
 * no log may show one). `instead`: what stands in the place of each.
 */
export function hidePasswords(text: string, instead: (password: string) => string = () => HIDDEN): string {
  const at = text.indexOf('@');
  // Nearly always the only colon before the only "@" is that of the scheme.
  if (at < 0 || (text.indexOf('@', at + 1) < 0 && text.lastIndexOf(':', at) === text.indexOf(':'))) return text;
  return text.replace(URI_PASSWORD, (_, head: string, password: string) => `${head}${instead(password)}@`);
}
