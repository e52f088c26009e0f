import { expect, test } from 'vitest';
import { account, ITSP } from './lab.ts';

test('an outbound proxy is a host or a URI, and its Route is a loose one (RFC 3261 §8.1.2)', () => {
  const by = (proxy: string) => {
    const { server, route } = account(`${ITSP}proxy = ${proxy}\n`);
    return [server.host, server.port, route];
  };
  expect(by('proxy.example')).toEqual(['proxy.example', undefined, '<sip:proxy.example;lr>']);
  expect(by('sip:proxy.example:5070;transport=tcp')).toEqual([
    'proxy.example',
    5070,
    '<sip:proxy.example:5070;transport=tcp;lr>',
  ]);
  expect(by('sip:proxy.example;lr')).toEqual(['proxy.example', undefined, '<sip:proxy.example;lr>']);
});

test('where encryption is required an account goes by TLS, so that nobody reads the key of the voice, unless transport says otherwise', () => {
  const by = (keys: string) => account(`${ITSP}${keys}`).transport;
  expect(by('encryption = required\n')).toBe('tls');
  expect(by('encryption = required\ntransport = tcp\n')).toBe('tcp');
  expect(by('')).toBe(undefined);
});
