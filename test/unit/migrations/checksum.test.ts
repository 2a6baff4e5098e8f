import { describe, expect, it } from 'vitest';
import { computeChecksum } from '../../../lambdas/migrations/checksum.ts';

// The expected values come from java.util.zip.CRC32 over BufferedReader.readLine, as in Flyway.
describe('the checksum of a script equals that of Flyway', () => {
  it.each([
    ['an empty script', '', 0],
    ['a byte order mark alone', '\uFEFF', 0],
    ['empty lines', '\n\n\n', 0],
    ['one line', 'create table a (id int);\n', -897341557],
    ['one line without an end', 'create table a (id int);', -897341557],
    ['lines ended as on Unix', 'create table a (\n  id int\n);\n', 1117949257],
    ['lines ended as on Windows', 'create table a (\r\n  id int\r\n);\r\n', 1117949257],
    ['lines ended by carriage returns', 'create table a (\r  id int\r);\r', 1117949257],
    ['a byte order mark', '\uFEFFselect 1;\n', -690524359],
    ['a byte order mark on the second line, where it is text', 'select 1;\n\uFEFFselect 2;\n', -921921223],
    ['a byte order mark after an empty line', '\n\uFEFFselect 1;\n', 1918699538],
    ['emoji', "comment on table a is 'caf\u00e9 \u{1F9D1}\u200D\u2695\uFE0F';\n", 607869526],
    ['Unicode line separators, which are text', 'a\u0085b\u2028c\u2029d\fe\n', -553602153],
    ['a hundred thousand characters', 'insert into a values (1);\n'.repeat(4000), -1768920858],
  ])('%s', (_, text, checksum) => {
    expect(computeChecksum(text)).toBe(checksum);
  });
});
