import type { Messages } from 'cognito-local/lib/services/index.js';

/** A message from the user pool to a user. */
export interface CognitoMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

type MessageSource = Parameters<Messages['deliver']>[1];

/** The code is appended, or the temporary password of an account that staff created. */
const MESSAGE_TEXTS: Record<MessageSource, { readonly subject: string; readonly prefix: string }> = {
  SignUp: { subject: 'Your verification code', prefix: 'Your confirmation code is' },
  ResendCode: { subject: 'Your verification code', prefix: 'Your confirmation code is' },
  ForgotPassword: { subject: 'Your password reset code', prefix: 'Your password reset code is' },
  AdminCreateUser: { subject: 'Your account', prefix: 'You have an account. Your temporary password is' },
  Authentication: { subject: 'Your sign-in code', prefix: 'Your sign-in code is' },
  UpdateUserAttribute: { subject: 'Your verification code', prefix: 'Your verification code is' },
  VerifyUserAttribute: { subject: 'Your verification code', prefix: 'Your verification code is' },
};

/** Returns the emulator's message service, which passes messages with Cognito's default wording to `deliver`. */
export function createMessages(deliver: (message: CognitoMessage) => void): Messages {
  return {
    async deliver(_ctx, source, _clientId, _userPoolId, _user, code, _metadata, { DeliveryMedium, Destination }) {
      const { subject, prefix } = MESSAGE_TEXTS[source];
      const channel = DeliveryMedium === 'SMS' ? 'sms' : 'email';
      deliver({ channel, to: Destination, subject, text: `${prefix} ${code}` });
    },
  };
}
