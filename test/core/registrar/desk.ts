import { LocationService } from '../../../src/core/location/service.ts';
import type { Registrant, RegistrarParts } from '../../../src/core/registrar/registrar.ts';
import { Registrar } from '../../../src/core/registrar/registrar.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import type { Uri } from '../../../src/sip/message/uri.ts';
import type { ServerTransaction } from '../../../src/sip/transaction/user.ts';
import type { Flow, FlowName } from '../../../src/sip/transport/flow.ts';
import { udp } from '../../support/routing.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimLog } from '../../support/sim-log.ts';
import { request } from '../../support/written.ts';

/** What a REGISTER of a test says; the rest is as a simple phone would have it. */
export interface Said {
  readonly contact?: string | readonly string[];
  readonly cseq?: number;
  readonly callId?: string;
  readonly lines?: readonly string[];
  readonly uri?: string;
}

export function registerRequest(said: Said = {}): Request {
  const contacts = said.contact === undefined ? [] : typeof said.contact === 'string' ? [said.contact] : said.contact;
  return request({
    method: 'REGISTER',
    uri: said.uri ?? 'sip:home.example',
    to: '<sip:alice@home.example>',
    callId: said.callId ?? 'call-1',
    cseq: `${said.cseq ?? 1} REGISTER`,
    extra: [...contacts.map((contact) => `Contact: ${contact}`), ...(said.lines ?? [])],
  });
}

/** A registrar on virtual time. `register` gives the answer: the status line, then every header of its own. */
export function setup(more: Partial<Omit<RegistrarParts, 'clock' | 'log' | 'location'>> = {}) {
  const clock = new SimClock(0);
  const log = new SimLog();
  const location = new LocationService(clock, log);
  const isOurs = (uri: Uri): boolean => uri.host === '192.0.2.1' || uri.host === 'trunk.example';
  const registrar = new Registrar({ location, log, isOurs, isOpen: () => true, registered: () => {}, ...more });
  const register = (said: Said, who: Partial<Registrant> = {}, flow: FlowName = udp): readonly string[] => {
    const answers: string[][] = [];
    const request = registerRequest(said);
    const tx = {
      request,
      flow: flow as Flow,
      respond: (status: number, reason: string, extra = '') =>
        void answers.push([`${status} ${reason}`, ...extra.split('\r\n').filter((text) => text !== '')]),
    } as Partial<ServerTransaction> as ServerTransaction;
    registrar.register(request, { aor: 'alice', guest: false, limit: 10, ...who }, tx);
    if (answers.length !== 1) throw new Error(`${answers.length} answers`);
    return answers[0]!.filter((text) => text !== 'Supported: path, outbound' && !text.startsWith('Date: '));
  };
  /** What the location service holds of alice. */
  const bound = (aor = 'alice'): readonly string[] => location.bindings(aor).map((binding) => binding.contact);
  return { clock, log, location, register, bound };
}
