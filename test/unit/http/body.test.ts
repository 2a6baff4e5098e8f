import { describe, expect, it } from 'vitest';
import { bodyOf, headerOf } from '../../../lambdas/shared/http/body.ts';
import { eventOf } from '../../support/api.ts';

const MAX_BYTES = 65_536;
const eventWith = (body: string | null, contentType = 'application/json') => ({
  ...eventOf({ route: 'POST /things', headers: { 'Content-Type': contentType } }),
  body,
});
/** A JSON text of so many bytes. */
const textOf = (bytes: number, character = 'x') => {
  const room = bytes - 2;
  const width = Buffer.byteLength(character);
  return `"${character.repeat(Math.floor(room / width))}${'x'.repeat(room % width)}"`;
};
const refusal = (name: string) => expect.objectContaining({ refusal: name });

describe('a body', () => {
  it.each([
    ['an object', '{"a":[1,null]}', { a: [1, null] }],
    ['white space around', ' {} \n', {}],
    ['null', 'null', null],
    ['a number', '1e3', 1000],
  ])('is parsed: %s', (_, text, value) => {
    expect(bodyOf(eventWith(text))).toEqual(value);
  });

  it.each([null, ''])('is absent: %j, whatever the content type', (text) => {
    expect(bodyOf(eventWith(text, 'text/plain'))).toBeUndefined();
  });

  it('may be Base64', () => {
    const event = { ...eventWith(Buffer.from('{"name":"José"}').toString('base64')), isBase64Encoded: true };
    expect(bodyOf(event)).toEqual({ name: 'José' });
  });

  it.each(['{', '{"a":1}x', "{'a':1}", '\ufeff{}', '\0', 'undefined', 'NaN', '[1,]'])('is refused: %j', (text) => {
    expect(() => bodyOf(eventWith(text))).toThrow(
      expect.objectContaining({ refusal: 'invalid_request', faults: [{ path: 'body', message: 'expected JSON' }] }),
    );
  });
});

describe('the size of a body', () => {
  it.each(['x', 'é', '🧑'])('is counted in bytes: of %s, 64 KB are taken and one more is refused', (character) => {
    expect(Buffer.byteLength(textOf(MAX_BYTES, character))).toBe(MAX_BYTES);
    expect(bodyOf(eventWith(textOf(MAX_BYTES, character)))).toEqual(expect.any(String));
    expect(() => bodyOf(eventWith(textOf(MAX_BYTES + 1, character)))).toThrow(refusal('payload_too_large'));
  });

  it('is that of what Base64 stands for', () => {
    const encoded = (bytes: number) => ({
      ...eventWith(Buffer.from(textOf(bytes)).toString('base64')),
      isBase64Encoded: true,
    });
    expect(bodyOf(encoded(MAX_BYTES))).toEqual(expect.any(String));
    expect(() => bodyOf(encoded(MAX_BYTES + 1))).toThrow(refusal('payload_too_large'));
  });

  it('is looked at before the content type', () => {
    expect(() => bodyOf(eventWith(textOf(MAX_BYTES + 1), 'text/plain'))).toThrow(refusal('payload_too_large'));
  });
});

describe('the content type of a body', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json ;charset=utf-8',
    'application/merge-patch+json',
  ])('is taken: %s', (type) => {
    expect(bodyOf(eventWith('{}', type))).toEqual({});
  });

  it.each([
    '',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/x-www-form-urlencoded',
    'application/json-seq',
    'x application/json',
  ])('is refused: %j', (type) => {
    expect(() => bodyOf(eventWith('{}', type))).toThrow(refusal('unsupported_media_type'));
  });

  it('must be given', () => {
    expect(() => bodyOf({ ...eventWith('{}'), headers: {} })).toThrow(refusal('unsupported_media_type'));
  });
});

describe('a header', () => {
  it.each(['Idempotency-Key', 'idempotency-key', 'IDEMPOTENCY-KEY'])('is found however it is written: %s', (name) => {
    expect(headerOf(eventOf({ route: 'GET /', headers: { [name]: 'k' } }), 'idempotency-key')).toBe('k');
  });

  it('is absent', () => {
    expect(headerOf(eventOf({ route: 'GET /' }), 'origin')).toBeUndefined();
  });
});
