import { assert, test } from 'vitest';
import { hours } from '../../src/config/values/hours.ts';
import type { StateView } from '../../src/core/named-states.ts';
import { minuteOfWeek, minutesToChange } from '../../src/core/routing/states.ts';
import { RingHouse } from '../support/ring-house.ts';

/** A time of every day, so many minutes after the clock of the desk began, wherever the machine of the test stands. */
function daily(clock: { wall(): number }, minutes: number): string {
  const minute = (minuteOfWeek(clock.wall()) + minutes) % 1_440;
  return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
}

const NIGHT = '[state night]\nusers = bob\ngroups = kitchen\nforward_all = carol\n';
const KITCHEN = '[group kitchen]\nextension = 600\nmembers = bob, dave\n';

test('a state that is on says where calls of its users and groups go, and again what they say once it is off', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = eve' }, more: `${NIGHT}${KITCHEN}` });
  const { states } = house.desk.exchange.features;
  const rings = (to: string): string => {
    const invite = house.call(to);
    const names = (['bob', 'carol', 'dave', 'eve'] as const).filter((name) => house.phones[name].waiting.includes('INVITE'));
    for (const name of names) {
      house.phones[name].answer(house.phones[name].take('INVITE'), 486, 'Busy Here');
      house.phones[name].inbox.length = 0;
    }
    house.phones.alice.ack(invite, house.phones.alice.response(486));
    return names.join(' ');
  };
  assert.deepEqual([rings('bob'), rings('600')], ['eve', 'bob dave']);
  await states.set('night', 'on');
  assert.deepEqual([rings('bob'), rings('600')], ['carol', 'carol']);
  await states.set('night', 'auto');
  assert.deepEqual([rings('bob'), rings('600')], ['eve', 'bob dave']);
});

test('the clock switches a state: nothing waits for it, what is on is looked at when a call comes', async () => {
  const first = await RingHouse.open({});
  const house = await RingHouse.open({
    more: `${KITCHEN}${NIGHT}hours = ${daily(first.desk.clock, 60)}-${daily(first.desk.clock, 120)}\n`,
  });
  const timers = house.desk.clock.armed().length;
  const goes = () =>
    house.desk.exchange.features.states
      .active()
      .map(({ name }) => name)
      .join();
  assert.equal(goes(), '');
  house.desk.run(3_600_000);
  assert.equal(goes(), 'night');
  house.desk.run(3_600_000);
  assert.equal(goes(), '');
  assert.isAtMost(house.desk.clock.armed().length, timers);
});

test('what somebody said outlives a restart; without it the clock counts', async () => {
  const house = await RingHouse.open({ more: `${NIGHT}${KITCHEN}` });
  const { features, parts } = house.desk.exchange;
  await features.states.set('night', 'on');
  assert.equal(parts.storage.read('states'), 'night on\n');
  const again = await RingHouse.open({ more: `${NIGHT}${KITCHEN}`, storage: house.desk.storage });
  assert.deepEqual(again.desk.exchange.features.states.list(), [{ name: 'night', on: true, by: 'hand' }]);
  await again.desk.exchange.features.states.set('night', 'auto');
  assert.deepEqual(again.desk.exchange.features.states.list(), [{ name: 'night', on: false, by: 'clock' }]);
  assert.equal(parts.storage.read('states'), '');
});

test("a state that is made anew under the name of one that is gone is the clock's again, whoever switched that one", async () => {
  const house = await RingHouse.open({ more: `${NIGHT}[state away]\n${KITCHEN}` });
  const { exchange, storage } = house.desk;
  const { states } = exchange.features;
  await states.set('night', 'on');
  await states.set('away', 'on');
  const { config } = exchange;
  exchange.reload({ ...config, states: new Map([...config.states].filter(([name]) => name !== 'night')) });
  exchange.reload(config);
  const now: readonly StateView[] = [
    { name: 'night', on: false, by: 'clock' },
    { name: 'away', on: true, by: 'hand' },
  ];
  assert.deepEqual(states.list(), now);
  await house.desk.clock.pass(0);
  assert.equal(storage.read('states'), 'away on\n');
  await storage.write('states', 'night on\naway on\n');
  const without = await RingHouse.open({ more: `[state away]\n${KITCHEN}`, storage });
  without.desk.exchange.reload(config);
  assert.deepEqual(without.desk.exchange.features.states.list(), now);
  await without.desk.clock.pass(0);
  assert.equal(storage.read('states'), 'away on\n');
});

test('a code switches a state to what it is not, and back to the clock', async () => {
  const house = await RingHouse.open({ more: `${NIGHT}${KITCHEN}[codes]\nstate_night = *50\n` });
  assert.equal(await house.dials('dave', '*50'), '480 The state night is on | The state night is on.');
  house.call('bob');
  house.rings('carol');
  assert.equal(await house.dials('dave', '*50'), '480 The state night is off | The state night is off.');
  assert.deepEqual(house.desk.exchange.features.states.list(), [{ name: 'night', on: false, by: 'clock' }]);
});

test('within its hours a code switches a state off, and back to the clock; a disk that refuses is told of', async () => {
  const first = await RingHouse.open({});
  const house = await RingHouse.open({
    more: `${NIGHT}hours = ${daily(first.desk.clock, -60)}-${daily(first.desk.clock, 600)}\n${KITCHEN}[codes]\nstate_night = *50\n`,
  });
  const { states } = house.desk.exchange.features;
  house.desk.storage.fails = 'ENOSPC';
  const kept = 'The state night is switched until the next start: it cannot be written down';
  assert.equal(await house.dials('dave', '*50'), `480 ${kept} | ${kept}.`);
  assert.deepEqual(states.list(), [{ name: 'night', on: false, by: 'hand' }]);
  house.desk.storage.fails = undefined;
  assert.equal(await house.dials('dave', '*50'), '480 The state night is on | The state night is on.');
  assert.deepEqual(states.list(), [{ name: 'night', on: true, by: 'clock' }]);
  assert.equal(await house.dials('dave', '*50'), '480 The state night is off | The state night is off.');
  assert.equal(house.desk.storage.read('states'), 'night off\n');
  house.call('bob');
  house.rings('bob');
});

test('of several states that are on the first that says it counts, and what none says is the word of the user', async () => {
  const house = await RingHouse.open({
    keys: { bob: 'forward_dnd = dave\nforward_all = eve' },
    more: '[state quiet]\nusers = bob\ndnd = yes\n[state away]\nusers = bob\nforward_all = carol\ndnd = no\n',
  });
  const { states } = house.desk.exchange.features;
  await states.set('away', 'on');
  house.call('bob');
  house.rings('carol');
  await states.set('quiet', 'on');
  house.call('bob');
  house.rings('carol');
  await states.set('away', 'auto');
  house.call('bob');
  house.rings('eve');
});

test('a dial rule is for its states alone', async () => {
  const house = await RingHouse.open({
    more: '[state night]\n[dial door]\nmatch = 7\nwhen = night\nto = carol\n[dial day]\nmatch = 7\nto = bob\n',
  });
  house.call('7');
  house.rings('bob');
  await house.desk.exchange.features.states.set('night', 'on');
  house.call('7');
  house.rings('carol');
});

test('hours say when they begin or end next, over the end of the week, too', () => {
  const night = [hours.read('sat-sun 18:00-08:00')];
  const [SAT, SUN] = [5 * 1_440, 6 * 1_440];
  const next = [0, 7 * 60 + 59, 8 * 60, SAT + 18 * 60 - 1, SAT + 18 * 60, SUN + 18 * 60, SUN + 1_439];
  assert.deepEqual(
    next.map((minute) => minutesToChange(night, minute)),
    [480, 1, SAT + 600, 1, 840, 840, 481],
  );
  assert.equal(minutesToChange([], 0), undefined);
});

test('who subscribes to the states hears of each that is switched, and costs a timer only where the clock may switch one', async () => {
  const first = await RingHouse.open({});
  const { clock } = first.desk;
  const house = await RingHouse.open({
    more: `${KITCHEN}${NIGHT}hours = ${daily(clock, 90)}-${daily(clock, 240)}\n[state away]\nusers = bob\n`,
  });
  const { desk } = house;
  const { states } = desk.exchange.features;
  const waits = () => desk.clock.armed().filter(({ name }) => name === 'states').length;
  const heard: string[] = [];
  assert.equal(waits(), 0);
  const stop = states.subscribe((name) => heard.push(name));
  assert.equal(waits(), 1);
  await states.set('away', 'on');
  for (const most of [60, 30]) {
    const { due } = desk.clock.armed().find(({ name }) => name === 'states')!;
    assert.isAtMost(due - desk.clock.now(), most * 60_000);
    assert.deepEqual(heard, ['away']);
    desk.run(most * 60_000);
  }
  assert.deepEqual(heard, ['away', 'night']);
  desk.run(150 * 60_000);
  assert.deepEqual(heard, ['away', 'night', 'night']);
  stop();
  await states.set('away', 'off');
  assert.equal(heard.length, 3);
  assert.equal(waits(), 0);
});
