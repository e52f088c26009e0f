import { type Address, parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { privacy } from '../../sip/message/privacy.ts';
import { lower } from '../../text/ascii.ts';
import { readable } from '../../text/parse-error.ts';
import type { Led } from './plan-walk.ts';

/** No counter is believed to be more: who has led on more often ends here in any case. */
const MOST_COUNTED = 16;

/**
 * URIs of those who led a request on before it came to us, one for each time, as its headers tell it: Diversion (RFC 5806) or History-Info
 * (RFC 7044), whichever knows of more.
 */
export function ledBefore(request: Request): readonly string[] {
  const diversion = request.find(Field.diversion) < 0 ? nobody : byDiversion(request);
  const history = request.find(Field.historyInfo) < 0 ? nobody : byHistory(request);
  return history.length > diversion.length ? history : diversion;
}

const nobody: readonly string[] = [];

function byDiversion(request: Request): readonly string[] {
  return addressesOf(request, Field.diversion, 'Diversion').flatMap((address) => {
    const counter = address.param('counter') ?? '';
    const times = /^[1-9][0-9]{0,4}$/.test(counter) ? Math.min(Number(counter), MOST_COUNTED) : 1;
    return new Array<string>(times).fill(address.uriText);
  });
}

/** An entry whose URI says a cause is where somebody led on to: the one that it is mapped from, or that stands before it, did that. */
function byHistory(request: Request): readonly string[] {
  const entries = addressesOf(request, Field.historyInfo, 'History-Info');
  return entries.flatMap((entry, i) => {
    if (!/;cause=[0-9]/.test(lower(entry.uriText))) return [];
    const from = entry.param('mp');
    const by = entries.find((one) => from !== undefined && one.param('index') === from) ?? entries[i - 1];
    return [by?.uriText ?? entry.uriText];
  });
}

/** What cannot be read is told on as it came, and tells us nothing. */
function addressesOf(request: Request, id: number, name: string): readonly Address[] {
  return request.list(id).flatMap((value) => readable(() => parseAddress(name, value)) ?? []);
}

/** Whole header lines that tell who led on to a branch. */
export interface DiversionLines {
  /** Diversion, the last one first (RFC 5806 §4). */
  readonly top: string;
  /** History-Info, behind what there is of it (RFC 7044 §9.2). */
  readonly bottom: string;
}

/** What a branch is told of those who led on to it; nothing where the caller wants that (RFC 7044 §10.1). */
export function diversionLines(request: Request, led: readonly Led[]): DiversionLines {
  if (privacy(request).includes('history')) return { top: '', bottom: '' };
  let top = '';
  for (const { by } of led) top = line('Diversion', `<${by.from}>;reason=${by.reason};counter=1`) + top;
  const entries: string[] = [];
  const last = addressesOf(request, Field.historyInfo, 'History-Info').at(-1);
  let base = last?.param('index') ?? '';
  if (last === undefined || !/^[0-9]+(?:\.[0-9]+)*$/.test(base)) {
    base = '1';
    entries.push(`<${request.uriText}>;index=1`);
  } else if (last.uriText !== request.uriText) {
    // Somebody in between told nothing (RFC 7044 §10.3, rule 6).
    base = `${base}.0`;
    entries.push(`<${request.uriText}>;index=${base}`);
  }
  let mapped = base;
  for (const { by, index } of led) {
    entries.push(`<${withCause(by.to, by.cause)}>;index=${base}.${index};mp=${mapped}`);
    mapped = `${base}.${index}`;
  }
  return { top, bottom: line('History-Info', entries.join(', ')) };
}

/** RFC 4458 §2: a parameter of the URI, and so before its headers. */
function withCause(uri: string, cause: number): string {
  const headers = uri.indexOf('?');
  const end = headers < 0 ? uri.length : headers;
  return `${uri.slice(0, end)};cause=${cause}${uri.slice(end)}`;
}
