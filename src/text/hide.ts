/** What stands in place of a secret. */
export const HIDDEN = '(hidden)';

/** What stands behind the user of a URI, whether its "@" comes or not: to look for that here would take long where it does not. */
const USER_AND_REST = /\b([Ss][Ii][Pp][Ss]?:[^\x00-\x20@:<>"]*:)([^\x00-\x20<>"]*)/g;

/**
 * Takes the passwords out of the URIs in a text that people will see: `sip:alice:secret@example.org` (RFC 3261 §19.1.1 allows them, and
 * no log may show one). `instead`: what stands in the place of each.
 */
export function hidePasswords(text: string, instead: (password: string) => string = () => HIDDEN): string {
  const at = text.indexOf('@');
  // Nearly always the only colon before the only "@" is that of the scheme.
  if (at < 0 || (text.indexOf('@', at + 1) < 0 && text.lastIndexOf(':', at) === text.indexOf(':'))) return text;
  return text.replace(USER_AND_REST, (all, head: string, rest: string) => {
    const end = rest.lastIndexOf('@');
    return end < 0 ? all : `${head}${instead(rest.slice(0, end))}${rest.slice(end)}`;
  });
}
