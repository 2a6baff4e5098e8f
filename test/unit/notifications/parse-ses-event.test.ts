import { describe, expect, it } from 'vitest';
import { parseSesEvent } from '../../../lambdas/notifications/parse-ses-event.ts';

const id = '8f0ae4f4-2e7e-566d-824e-2e32253b2b41';
const createEvent = (eventType: string, more: object = {}) =>
  JSON.stringify({ eventType, mail: { messageId: 'm', tags: { notification: [id] } }, ...more });
const createBounce = (bounceType: string, emailAddress = 'Ana@example.com') => ({
  bounce: { bounceType, bouncedRecipients: [{ emailAddress }] },
});

describe('an SES event', () => {
  it.each([
    ['Send', {}, null, []],
    ['Delivery', {}, 'delivered', []],
    ['Bounce', createBounce('Permanent'), 'bounced', ['Ana@example.com']],
    ['Bounce', createBounce('Permanent', 'Ana <ana@example.com>'), 'bounced', ['ana@example.com']],
    ['Bounce', createBounce('Transient'), null, []],
    [
      'Complaint',
      { complaint: { complainedRecipients: [{ emailAddress: 'a@b.example' }] } },
      'complained',
      ['a@b.example'],
    ],
    [
      'Complaint',
      { complaint: { complainedRecipients: [{ emailAddress: 'a@b.example' }], complaintFeedbackType: 'not-spam' } },
      null,
      [],
    ],
    ['Reject', {}, 'rejected', []],
  ])('%s %o is parsed as the feedback %s and blocks %o', (type, more, feedback, blocked) => {
    expect(parseSesEvent(createEvent(type, more))).toMatchObject({
      notificationId: id,
      providerId: 'm',
      feedback,
      blockedAddresses: blocked,
    });
  });

  it('for an email from another sender has no notification id', () => {
    const event = { eventType: 'Bounce', mail: { messageId: 'm' }, ...createBounce('Permanent') };
    expect(parseSesEvent(JSON.stringify(event))).toMatchObject({
      notificationId: undefined,
      blockedAddresses: ['Ana@example.com'],
    });
  });

  it('is undefined for the validation message of the topic', () => {
    const text = 'Successfully validated SNS topic for Amazon SES event publishing.';
    expect(parseSesEvent(text)).toBeUndefined();
  });

  it.each(['', '{}', 'anything'])('is refused if it is malformed: %j', (text) => {
    expect(() => parseSesEvent(text)).toThrow();
  });
});
