// INVITE to 180 as a user agent sees it, with a microsecond clock (SIPp's steps are 4 ms). One process is caller and callee: the
// callee answers 180 and 486 at once, the caller acknowledges.
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

const SDP =
  'v=0\r\no=- 5366 2353 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8 101\r\n' +
  'a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n';

const lines = (message, name) => message.match(new RegExp(`^${name}:.*\r\n`, 'gim'))?.join('') ?? '';

/** Connected, because an unconnected send waits a turn of the loop for a look-up. */
async function open(port, remote) {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(port, '127.0.0.1', resolve));
  await new Promise((resolve) => socket.connect(remote, '127.0.0.1', resolve));
  return socket;
}

/**
 * Offers `calls` calls at `rate` a second to u1. `server` undefined: caller and callee talk directly, the floor of this harness.
 * Returns microseconds, sorted, one for each 180 that came.
 */
export async function inviteTo180({ server, uac, uas, rate, calls }) {
  const caller = await open(uac, server ?? uas);
  const callee = await open(uas, server ?? uac);
  const sent = new Array(calls);
  const took = [];
  let over = 0;
  const run = `lat${process.pid}${Date.now()}`;
  const domain = `127.0.0.1:${server ?? uas}`;
  const head = (method, i, to) =>
    `${method} sip:u1@${domain} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${uac};branch=z9hG4bK${run}.${i};rport\r\nMax-Forwards: 70\r\n` +
    `From: <sip:u2@caller.example>;tag=f${i}\r\n${to}Call-ID: ${run}.${i}\r\nCSeq: 1 ${method}\r\n`;

  callee.on('message', (bytes) => {
    const request = bytes.toString('latin1');
    if (!request.startsWith('INVITE')) return;
    const route = lines(request, 'Via') + lines(request, 'Record-Route') + lines(request, 'From');
    const rest = `${lines(request, 'To').trimEnd()};tag=uas\r\n${lines(request, 'Call-ID')}${lines(request, 'CSeq')}`;
    for (const status of ['180 Ringing', '486 Busy Here']) {
      callee.send(`SIP/2.0 ${status}\r\n${route}${rest}Contact: <sip:u1@127.0.0.1:${uas}>\r\nContent-Length: 0\r\n\r\n`);
    }
  });
  caller.on('message', (bytes) => {
    const arrived = process.hrtime.bigint();
    const response = bytes.toString('latin1');
    const i = Number(new RegExp(`^Call-ID: ${run}\\.(\\d+)`, 'im').exec(response)?.[1] ?? -1);
    if (sent[i] === undefined) return;
    if (response.startsWith('SIP/2.0 180')) took.push(Number(arrived - sent[i]) / 1000);
    if (/^SIP\/2\.0 [2-6]/.test(response)) {
      over += 1;
      caller.send(`${head('ACK', i, lines(response, 'To'))}Content-Length: 0\r\n\r\n`);
    }
  });

  const began = performance.now();
  for (let i = 0; i < calls; i++) {
    await sleep(Math.max(0, began + (i * 1000) / rate - performance.now()));
    const invite = `${head('INVITE', i, `To: <sip:u1@${domain}>\r\n`)}Contact: <sip:u2@127.0.0.1:${uac}>\r\n`;
    sent[i] = process.hrtime.bigint();
    caller.send(`${invite}Content-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`);
  }
  for (let i = 0; over < calls && i < 100; i++) await sleep(20);
  caller.close();
  callee.close();
  return took.sort((a, b) => a - b);
}
