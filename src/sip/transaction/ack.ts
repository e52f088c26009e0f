import { Field } from '../message/fields.ts';
import { END, LINE, NEXT, Request, type Response, STRIDE, VALUE } from '../message/message.ts';
import { line } from '../message/print.ts';
import { read } from '../message/read.ts';

/** The ACK to a final response that is no 2xx: same branch, Request-URI and Route, the response's To (RFC 3261 §17.1.1.3). */
export function printAck(sent: string, response: Response): string {
  return hopByHop(sent, 'ACK', response, '');
}

/** The CANCEL of a request that we sent, with the Reason of why (RFC 3261 §9.1, RFC 3326). */
export function printCancel(sent: string, reason: string): string {
  return hopByHop(sent, 'CANCEL', undefined, reason === '' ? '' : line('Reason', reason));
}

function hopByHop(sent: string, method: string, response: Response | undefined, extra: string): string {
  const request = read(sent);
  if (!(request instanceof Request)) throw new Error('what we sent cannot be read again');
  const { text, index } = request;
  let out = `${method} ${request.uriText} SIP/2.0\r\n`;
  let via = true;
  for (let i = 0; i < index.length; i += STRIDE) {
    const whole = text.slice(index[i + LINE], index[i + NEXT]);
    if (index[i] === Field.via) {
      if (via) out += `Via: ${text.slice(index[i + VALUE], request.topViaEnd(i))}\r\n`;
      via = false;
    } else if (index[i] === Field.to && response !== undefined) {
      const to = response.find(Field.to);
      out += to < 0 ? whole : `To: ${response.text.slice(response.index[to + VALUE], response.index[to + END])}\r\n`;
    } else if (index[i] === Field.from || index[i] === Field.to || index[i] === Field.callId || index[i] === Field.route)
      out += whole;
  }
  return `${out}CSeq: ${request.cseq.number} ${method}\r\nMax-Forwards: 70\r\n${extra}Content-Length: 0\r\n\r\n`;
}
