import { assert, test } from 'vitest';
import { ANSWER, BridgeLab, SDP } from '../../support/bridge-lab.ts';
import { collect } from '../../support/collect.ts';

/** A call of the provider to bob, as far as it goes, and the call itself as nothing of the test holds it. */
async function called(answer: number) {
  const lab = await BridgeLab.open();
  const { bob, invite, arrived } = await lab.ring();
  bob.answer(arrived, 180, 'Ringing', [], 'bob');
  const call = new WeakRef([...lab.bridge.dialogs()].find(({ role }) => role === 'uac')!.user);
  bob.answer(arrived, answer, 'Said', [SDP], 'bob', ANSWER);
  return { lab, bob, invite, arrived, call };
}

/** Whether a call is still there after everything that nobody holds was collected. */
async function isHeld(call: WeakRef<object>): Promise<boolean> {
  await collect();
  return call.deref() !== undefined;
}

test('a call into the house that was answered and is over is let go of, while its INVITE waits for further 2xx (RFC 6026 §7.2)', async () => {
  const { lab, bob, invite, arrived, call } = await called(200);
  const { provider, desk } = lab;
  const ok = provider.response(200);
  provider.within(invite, ok, 'ACK');
  assert.equal(await isHeld(call), true);
  provider.within(invite, ok, 'BYE');
  bob.answer(bob.take('BYE'), 200);
  desk.run(5_000);
  bob.take('ACK');
  assert.equal(await isHeld(call), false);
  // What still comes is acknowledged, and a phone that answers too late hears that it did.
  bob.answer(arrived, 200, 'OK', [SDP], 'bob', ANSWER);
  bob.take('ACK');
  bob.answer(arrived, 200, 'OK', [SDP], 'late', ANSWER);
  bob.take('ACK');
  bob.take('BYE');
});

test('a call into the house that nobody takes is let go of', async () => {
  const { lab, invite, call } = await called(486);
  lab.provider.ack(invite, lab.provider.response(486));
  lab.desk.run(6_000);
  assert.equal(await isHeld(call), false);
});
