import { fileURLToPath } from 'node:url';
import { nativeSockets } from '../../src/runtime/node/udp-native.ts';
import { landing } from '../../src/sip/message/bytes.ts';

/** What `npm run bundle` builds of udp.c. */
export const LIBRARY = fileURLToPath(new URL('../../dist/udp.node', import.meta.url));

/** Its sockets; undefined where there is no compiler. */
export const native = nativeSockets(LIBRARY, landing);
