import { assert, test } from 'vitest';
import { parseImport } from '../../../src/core/account/import.ts';
import { cpuTime } from '../../support/cpu-time.ts';

test('a line is name,password and may go on with extension and display, quoted where they hold a comma (RFC 4180 §2)', () => {
  const text = '\ufeffname,password,extension,display\r\nu1,pw1\r\nu2,"p,""w",202\n\nu3,p w,,"Three, of three"\nu4,x,204,Zoë\n';
  assert.deepEqual(parseImport(text).users, [
    { name: 'u1', password: 'pw1', extension: undefined, display: undefined },
    { name: 'u2', password: 'p,"w', extension: '202', display: undefined },
    { name: 'u3', password: 'p w', extension: undefined, display: 'Three, of three' },
    { name: 'u4', password: 'x', extension: '204', display: 'Zoë' },
  ]);
});

test('nothing is imported if anything is wrong, and all that is wrong is told with its line, without a password', () => {
  const text = [
    'alice,geheim1,201',
    'bob;geheim2',
    'a/b,geheim3',
    'carol,',
    'dave,geheim4,x1',
    'alice,geheim5',
    'erin,geheim6,201',
    'frank,"geheim7',
    'grace,geh"eim8',
    'heidi,geheim9,205,H,more',
    'ivan,geheim\u0007',
    'judy,geheim10',
    `kim,geh${'e'.repeat(126)}`,
    'lena,geheim11,206,\u0007',
    'mia,"geheim12"x,207',
  ].join('\n');
  const { users, faults } = parseImport(text, (name) => name === 'judy');
  assert.equal(users, undefined);
  assert.deepEqual(
    faults?.map(({ line, message }) => `${line} ${message}`),
    [
      '2 expected name,password, separated by commas',
      '3 expected a name of letters, digits, ".", "_" and "-" that does not begin with "." or "-"',
      '4 carol: expected a password',
      '5 dave: expected an extension of 1 to 15 digits',
      '6 alice: is in line 1 too',
      '7 extension 201: is in line 1 too',
      '8 column 7: expected a field with a quote in it to stand in quotes',
      '9 column 7: expected a field with a quote in it to stand in quotes',
      '10 heidi: expected at most four fields',
      '11 ivan: expected no control characters',
      '12 judy: there is such a user already',
      '13 kim: expected a password of at most 128 characters',
      '14 lena: expected no control characters',
      '15 column 15: expected a comma',
    ],
  );
  assert.notInclude(JSON.stringify(faults), 'geh');
});

test('a heading of a spreadsheet is no user, and one in another order no heading that is passed over', () => {
  const of = (heading: string) => {
    const { users, faults } = parseImport(`${heading}\nu1,pw1\n`);
    return users?.map(({ name }) => name) ?? faults?.map(({ line, message }) => `${line}: ${message}`);
  };
  for (const heading of [
    'name,password',
    'Name,Password',
    '"Username", "Password", "Extension"',
    'User,PASSWORD,Extension,Display',
  ])
    assert.deepEqual(of(heading), ['u1'], heading);
  for (const heading of ['name,pasword', 'name,extension,password', 'Name,Password,Display', 'user,geheim'])
    assert.deepEqual(of(heading), [
      '1: expected the columns name,password[,extension[,display]]; a user of that name goes into another line',
    ]);
  for (const name of ['names', 'username1', 'surname', 'superuser']) assert.deepEqual(of(`${name},password`), [name, 'u1']);
  assert.deepEqual(of('al,pw\nuser,pw\nname,password'), ['al', 'user', 'name', 'u1']);
});

test('a password has 128 characters at most, and quotes in it as often as one likes', () => {
  const passwords = ['x'.repeat(128), '"', '"a" "b"'];
  const text = passwords.map((password, i) => `u${i},"${password.replaceAll('"', '""')}"\n`).join('');
  assert.deepEqual(
    parseImport(text).users?.map(({ password }) => password),
    passwords,
  );
});

test('a file without users is no import', () => {
  assert.deepEqual(parseImport('\n\n').faults, [{ line: 1, message: 'the file holds no users' }]);
});

test('ten thousand lines are read in 40 ms (five times that here)', () => {
  let text = '';
  for (let i = 0; i < 10_000; i++) text += `u${i},pw${i},${100_000 + i},"Number, ${i}"\n`;
  const took = cpuTime(() => assert.equal(parseImport(text).users?.length, 10_000));
  assert.isBelow(took, 200);
});
