import { describe, expect, it } from 'vitest';
import { getHeader, parseBody } from '../../../../lambdas/shared/http/parse-request.ts';
import { createApiEvent } from '../../../support/http/in-process-api.ts';

const MAX_BYTES = 65_536;
const createEvent = (body: string | null, contentType = 'application/json') => ({
  ...createApiEvent({ route: 'POST /things', headers: { 'Content-Type': contentType } }),
  body,
});
/** Returns a JSON string of this size in bytes. */
const createText = (bytes: number, character = 'x') => {
  const capacity = bytes - 2;
  const width = Buffer.byteLength(character);
  return `"${character.repeat(Math.floor(capacity / width))}${'x'.repeat(capacity % width)}"`;
};
const matchRefusal = (name: string) => expect.objectContaining({ code: name });

describe('a body', () => {
  it.each([
    ['an object', '{"a":[1,null]}', { a: [1, null] }],
    ['white space around', ' {} \n', {}],
    ['null', 'null', null],
    ['a number', '1e3', 1000],
  ])('is parsed: %s', (_, text, value) => {
    expect(parseBody(createEvent(text))).toEqual(value);
  });

  it.each([null, ''])('is undefined if it is %j, for any content type', (text) => {
    expect(parseBody(createEvent(text, 'text/plain'))).toBeUndefined();
  });

  it('is decoded from Base64', () => {
    const event = { ...createEvent(Buffer.from('{"name":"José"}').toString('base64')), isBase64Encoded: true };
    expect(parseBody(event)).toEqual({ name: 'José' });
  });

  it.each(['{', '{"a":1}x', "{'a':1}", '\ufeff{}', '\0', 'undefined', 'NaN', '[1,]'])('is refused: %j', (text) => {
    expect(() => parseBody(createEvent(text))).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        validationErrors: [{ path: 'body', message: 'expected JSON' }],
      }),
    );
  });
});

describe('the size of a body', () => {
  it.each(['x', 'é', '🧑'])(
    'is counted in bytes: 64 KB of %s are accepted and one more byte is refused',
    (character) => {
      expect(Buffer.byteLength(createText(MAX_BYTES, character))).toBe(MAX_BYTES);
      expect(parseBody(createEvent(createText(MAX_BYTES, character)))).toEqual(expect.any(String));
      expect(() => parseBody(createEvent(createText(MAX_BYTES + 1, character)))).toThrow(
        matchRefusal('payload_too_large'),
      );
    },
  );

  it('is the size after Base64 decoding', () => {
    const createEncodedEvent = (bytes: number) => ({
      ...createEvent(Buffer.from(createText(bytes)).toString('base64')),
      isBase64Encoded: true,
    });
    expect(parseBody(createEncodedEvent(MAX_BYTES))).toEqual(expect.any(String));
    expect(() => parseBody(createEncodedEvent(MAX_BYTES + 1))).toThrow(matchRefusal('payload_too_large'));
  });

  it('is checked before the content type', () => {
    expect(() => parseBody(createEvent(createText(MAX_BYTES + 1), 'text/plain'))).toThrow(
      matchRefusal('payload_too_large'),
    );
  });
});

describe('the content type of a body', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json ;charset=utf-8',
    'application/merge-patch+json',
  ])('is accepted: %s', (type) => {
    expect(parseBody(createEvent('{}', type))).toEqual({});
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
    expect(() => parseBody(createEvent('{}', type))).toThrow(matchRefusal('unsupported_media_type'));
  });

  it('is required', () => {
    expect(() => parseBody({ ...createEvent('{}'), headers: {} })).toThrow(matchRefusal('unsupported_media_type'));
  });
});

describe('a header', () => {
  it.each(['Idempotency-Key', 'idempotency-key', 'IDEMPOTENCY-KEY'])('is found in any letter case: %s', (name) => {
    expect(getHeader(createApiEvent({ route: 'GET /', headers: { [name]: 'k' } }), 'idempotency-key')).toBe('k');
  });

  it('is undefined if it is absent', () => {
    expect(getHeader(createApiEvent({ route: 'GET /' }), 'origin')).toBeUndefined();
  });
});
