import { sameWord } from '../../sip/message/grammar.ts';

/** A sips request is retargeted to sips URIs alone, whoever wrote where it goes on to (RFC 5630 §5.3). */
export function withSips(uri: string): string {
  return sameWord(uri, 0, 4, 'sip:') ? `sips${uri.slice(3)}` : uri;
}

/** A sip request goes to a sips contact by TLS, but stays one (RFC 5630 §5.3). */
export function withoutSips(uri: string): string {
  return isSips(uri) ? `sip${uri.slice(4)}` : uri;
}

export const isSips = (uri: string): boolean => sameWord(uri, 0, 5, 'sips:');
