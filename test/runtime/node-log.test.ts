import { Writable } from 'node:stream';
import { assert, test } from 'vitest';
import { NodeLog, patient } from '../../src/runtime/node/log.ts';

function setup(systemd: boolean) {
  let text = '';
  const write = (line: string) => {
    text += line;
    return true;
  };
  return { log: new NodeLog({ threshold: 'info', systemd, write }), text: () => text };
}

test('under systemd each line begins with its priority, and what is below the threshold is not written', () => {
  const { log, text } = setup(true);
  log.error('a');
  log.warning('b');
  log.notice('c');
  log.info('d\nline\ncaret');
  log.debug('e');
  assert.equal(text(), '<3>a\n<4>b\n<5>c\n<6>d\n<6>    line\n<6>    caret\n');
  assert.deepEqual([log.wants('info'), log.wants('debug')], [true, false]);
  log.threshold = 'error';
  assert.deepEqual([log.wants('error'), log.wants('warning')], [true, false]);
});

test('elsewhere a line begins with the time of day and the level', () => {
  const { log, text } = setup(false);
  log.warning('the modem gsm0 does not answer');
  assert.match(text(), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warning: the modem gsm0 does not answer\n$/);
});

test('what comes from the network cannot forge a line or command a terminal', () => {
  const { log, text } = setup(true);
  log.info('name is "\x1b[2J\r\n<0>disk on fire\x9b \u202elive"');
  assert.equal(text(), '<6>name is "\\x1b[2J\\x0d\n<6>    <0>disk on fire\\x9b \\x202elive"\n');
});

test('beyond 200 errors, warnings and notices a minute the others are counted; info and debug are all there', () => {
  const lines: string[] = [];
  let now = 0;
  const log = new NodeLog({ threshold: 'info', systemd: true, write: (text) => lines.push(text) > 0, now: () => now });
  for (let n = 0; n < 100; n++) {
    log.error('bug: again');
    log.warning('w');
    log.notice('n');
    log.info('i');
  }
  assert.equal(lines.filter((line) => line === '<6>i\n').length, 100);
  const others = lines.filter((line) => line !== '<6>i\n');
  assert.equal(others.length, 201);
  assert.equal(others.at(-1), '<4>200 sentences within a minute: the others are left out until the next\n');
  now = 60_000;
  log.error('later');
  assert.deepEqual(lines.slice(-2), ['<4>100 sentences were left out\n', '<3>later\n']);
});

test('sentences that nobody reads are dropped and counted, and the first that is taken again says how many', () => {
  const lines: string[] = [];
  let read = true;
  const log = new NodeLog({ threshold: 'info', systemd: true, write: (text) => read && lines.push(text) > 0 });
  log.info('a');
  read = false;
  log.info('b');
  log.error('c');
  read = true;
  log.info('d');
  log.info('e');
  assert.deepEqual(lines, ['<6>a\n', '<4>2 sentences were dropped: nobody read the log\n<6>d\n', '<6>e\n']);
});

test('of what nobody reads a megabyte waits at most, and there is no more before all of that is read', () => {
  let reader: (() => void) | undefined;
  const stream = new Writable({
    write(_text, _encoding, read) {
      reader = read;
    },
  });
  const write = patient(stream);
  const line = `${'x'.repeat(999)}\n`;
  let taken = 0;
  while (write(line)) taken++;
  assert.equal(taken, 1049);
  reader!();
  assert.equal(write(line), false);
  while (stream.writableLength > 0) reader!();
  assert.equal(write(line), true);
});
