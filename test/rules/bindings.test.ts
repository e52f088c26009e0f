import { assert, test } from 'vitest';
import { phoneOf } from '../../src/core/location/binding.ts';
import { LocationService } from '../../src/core/location/service.ts';
import { BindingStore } from '../../src/core/location/store.ts';
import { setup } from '../core/registrar/desk.ts';
import { SimClock } from '../support/sim-clock.ts';
import { SimLog } from '../support/sim-log.ts';
import { SimRandom } from '../support/sim-random.ts';
import { SimStorage } from '../support/sim-storage.ts';

// Random REGISTERs beside a model of RFC 3261 §10.3 and RFC 5626 §6 that was written from the text, the picture of who listens to what
// changes, and what a daemon reads that starts after kill -9.

/** Each is one URI in several spellings (RFC 3261 §19.1.4). */
const URIS = [
  ['sip:a@10.0.0.7', 'sip:a@10.0.0.7;ob', 'sip:%61@10.0.0.7', 'SIP:a@10.0.0.7'],
  ['sip:a@10.0.0.7:5060'],
  ['sip:a@h.example;transport=tcp', 'sip:a@H.example;Transport=TCP;x=1'],
  ['sip:\u00e9@10.0.0.8'],
] as const;
const DEVICES = [undefined, undefined, '<urn:uuid:1>', '<urn:uuid:2>'] as const;
const AORS = ['alice', '\u00e9"\\'] as const;

interface Contact {
  readonly uri: number;
  readonly text: string;
  readonly device: string | undefined;
  readonly regId: number | undefined;
  readonly q: number;
  /** Seconds that are asked for. */
  readonly asked: number;
  /** As it is listed, but for `expires`. */
  readonly listed: string;
}

interface Bound extends Contact {
  readonly callId: string;
  readonly cseq: number;
  readonly expires: number;
  readonly since: number;
}

interface Said {
  readonly callId: string;
  readonly cseq: number;
  readonly contacts: readonly Contact[];
  readonly limit: number;
  readonly now: number;
}

/** The bindings after a request, or the statuses that it may be refused with. */
function registered(
  before: readonly Bound[],
  { callId, cseq, contacts, limit, now }: Said,
): readonly Bound[] | readonly number[] {
  const record = [...before];
  const made = new Set<Bound>();
  const wrong: number[] = [];
  const asking = contacts.filter(({ asked }) => asked > 0).length;
  for (const contact of contacts) {
    const { asked, regId } = contact;
    if (asked > 0 && asked < 60) wrong.push(423);
    if (asked > 0 && regId !== undefined && asking > 1) wrong.push(400);
    const old = record[placeOf(contact, record, made)];
    if (old !== undefined && !made.has(old) && old.callId === callId && old.cseq >= cseq) wrong.push(500);
    const rest = record.filter((one) => one !== old);
    if (asked === 0) record.splice(0, record.length, ...rest);
    else {
      const bound = { ...contact, callId, cseq, expires: now + Math.min(asked, 3_600) * 1_000, since: old?.since ?? now };
      made.add(bound);
      record.splice(0, record.length, ...rest, bound);
    }
  }
  if (Math.max(record.length, asking) > Math.max(limit, before.length)) wrong.push(403);
  return wrong.length > 0 ? wrong : record.sort((a, b) => b.q - a.q || b.since - a.since);
}

/** What a contact stands for: its flow; else the same URI, a flow last; else the device, which has moved. */
function placeOf({ uri, text, device, regId, asked }: Contact, record: readonly Bound[], made: ReadonlySet<Bound>): number {
  const moved = (one: Bound) =>
    asked > 0 && device !== undefined && one.device === device && one.regId === undefined && !made.has(one);
  const ways: readonly ((one: Bound) => boolean)[] =
    regId === undefined
      ? [
          (one) => one.regId === undefined && one.text === text,
          (one) => one.text === text,
          (one) => one.regId === undefined && one.uri === uri,
          (one) => one.uri === uri,
          moved,
        ]
      : [(one) => one.regId === regId && one.device === device, moved];
  const place = ways.map((way) => record.findIndex(way)).find((at) => at >= 0) ?? -1;
  const found = record[place];
  // Its former contact is taken back beside the flow that is bound anew (sofia-sip).
  return found !== undefined && regId !== undefined && asked === 0 && made.has(found) && found.text !== text ? -1 : place;
}

class House {
  readonly #random: SimRandom;
  readonly #daemon = setup();
  readonly #storage = new SimStorage();
  readonly #models = new Map<string, readonly Bound[]>(AORS.map((aor) => [aor, []]));
  readonly #last = new Map<string, number>();
  /** What who listens knows, by the id of the phone. */
  readonly #heard = new Map<string, string>();
  readonly #limit: number;

  constructor(seed: number) {
    this.#random = new SimRandom(seed);
    this.#limit = 1 + this.#random.below(6);
    const { clock, location } = this.#daemon;
    new BindingStore({ storage: this.#storage, location, clock, log: new SimLog() }).restore();
    location.subscribe(({ kind, binding, phone }) => {
      const id = `${binding.aor} ${phone}`;
      assert.equal(this.#heard.has(id), kind !== 'added', `${kind} ${binding.uri}`);
      if (kind === 'removed' || kind === 'expired') this.#heard.delete(id);
      else this.#heard.set(id, `${binding.aor} ${binding.uri} ${binding.since}`);
    });
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#random.below(of.length)]!;
  }

  #contact(header: number | undefined): Contact & { readonly written: string } {
    const uri = this.#one([0, 0, 0, 1, 2, 3]);
    const text = this.#random.below(2) === 0 ? URIS[uri]![0] : this.#one<string>(URIS[uri]!);
    const expires = this.#one([undefined, undefined, undefined, undefined, '0', '60', '3600', '4000', '20', 'x']);
    const device = this.#one(DEVICES);
    const regId = device === undefined ? undefined : this.#one([undefined, 1, 2]);
    const q = this.#one([undefined, 1, 0.5, 0]);
    const rest = [
      q === undefined ? '' : `;q=${q}`,
      device === undefined ? '' : `;+sip.instance="${device}"`,
      regId === undefined ? '' : `;reg-id=${regId}`,
    ].join('');
    const asked = expires === undefined ? (header ?? 300) : expires === 'x' ? 300 : Number(expires);
    const written = `<${text}>${expires === undefined ? '' : `;expires=${expires}`}${rest}`;
    return { uri, text, device, regId, q: q ?? 1, asked, listed: `<${text}>${rest}`, written };
  }

  /** Some time later, one REGISTER. */
  async step(): Promise<void> {
    const { clock, location, register } = this.#daemon;
    await clock.pass(this.#one([0, 0, 10, 10, 200, 1_000, 30_000, 59_500, 61_000, 300_000, 3_599_500]));
    const now = location.now();
    for (const [aor, record] of this.#models)
      this.#models.set(
        aor,
        record.filter((one) => one.expires > now),
      );
    const aor = this.#one(AORS);
    const before = this.#models.get(aor)!;
    const callId = this.#one(['c1', 'c2']);
    const key = `${aor} ${callId}`;
    // The same number again may be the same request again, which is another test's.
    const cseq = Math.max(1, (this.#last.get(key) ?? 0) + this.#one([1, 1, 1, 2, -1]));
    this.#last.set(key, Math.max(cseq, this.#last.get(key) ?? 0));
    if (before.some((one) => one.callId === callId && one.cseq === cseq)) return;
    const header = this.#one([undefined, 7_200, 3_600, 60, 30, 0]);
    const all = this.#random.below(12) === 0;
    const contacts = Array.from({ length: this.#one([1, 1, 1, 0, 2, 3]) }, () => this.#contact(header));
    const lines = header === undefined ? [] : [`Expires: ${header}`];
    const contact = all ? ['*'] : contacts.map(({ written }) => written);
    const said = { callId, cseq, contacts, limit: this.#limit, now };
    const after = all ? everything(before, said, header) : registered(before, said);
    const answer = register({ contact, callId, cseq, lines }, { aor, limit: this.#limit });
    const refused = after.filter((one) => typeof one === 'number');
    const what = `${aor} ${callId} ${cseq} ${contact.join(', ')} ${lines.join()} of ${this.#limit}: ${answer[0]}`;
    if (refused.length > 0) assert.include(refused, Number(answer[0]!.slice(0, 3)), what);
    else {
      const record = after as readonly Bound[];
      const left = (end: number) => Math.max(1, Math.floor((end - now) / 1_000));
      const listed = record.map((one) => `Contact: ${one.listed};expires=${left(one.expires)}`);
      assert.deepEqual(answer.filter((line) => line.startsWith('Contact: ')).sort(), listed.sort(), what);
      this.#models.set(aor, record);
    }
    this.#compare(what);
  }

  #compare(what: string): void {
    const { location } = this.#daemon;
    const bound = [...this.#models].flatMap(([aor, record]) => record.map(({ text, since }) => `${aor} ${text} ${since}`)).sort();
    const shown = [...location.all()];
    assert.deepEqual(shown.map(({ aor, uri, since }) => `${aor} ${uri} ${since}`).sort(), bound, what);
    // What has ended is told within a second.
    if (location.count !== shown.length) return;
    assert.deepEqual([...this.#heard.values()].sort(), bound, what);
    const phones = shown.map((one) => `${one.aor} ${phoneOf(one, location.bindings(one.aor))}`);
    assert.deepEqual([...this.#heard.keys()].sort(), phones.sort(), what);
  }

  /** What is read after kill -9, wherever it tore the last line: what stood in whole lines. */
  async restart(): Promise<void> {
    const { clock, location } = this.#daemon;
    await clock.pass(101);
    const text = this.#storage.read('bindings.journal') ?? '';
    assert.deepEqual(await restored(text, clock.now()), bindingsOf(location));
    for (let times = 0; times < 10 && text !== ''; times++) {
      const at = this.#random.below(text.length);
      const whole = text.slice(0, text.lastIndexOf('\n', at - 1) + 1);
      assert.deepEqual(await restored(text.slice(0, at), clock.now()), await restored(whole, clock.now()), `torn at ${at}`);
    }
  }
}

/** `Contact: *` (RFC 3261 §10.3 step 6). */
function everything(
  before: readonly Bound[],
  { callId, cseq }: Said,
  header: number | undefined,
): readonly Bound[] | readonly number[] {
  if (header !== 0) return [400];
  return before.some((one) => one.callId === callId && one.cseq >= cseq) ? [500] : [];
}

const bindingsOf = (location: LocationService): readonly string[] => [...location.all()].map((one) => JSON.stringify(one)).sort();

async function restored(text: string, now: number): Promise<readonly string[]> {
  const storage = new SimStorage();
  storage.put('bindings.journal', text, 0o600);
  const clock = new SimClock(0);
  await clock.pass(now);
  const location = new LocationService(clock, new SimLog());
  new BindingStore({ storage, location, clock, log: new SimLog() }).restore();
  return bindingsOf(location);
}

test('100 random houses: bindings, who hears of them and what is read after kill -9 are what was registered (RFC 3261 §10.3, RFC 5626 §6)', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const house = new House(seed);
    for (let steps = 0; steps < 20; steps++) await house.step();
    if (seed % 5 === 0) await house.restart();
  }
});
