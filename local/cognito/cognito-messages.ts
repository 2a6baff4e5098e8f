import type { Messages } from 'cognito-local/lib/services/index.js';

export interface CognitoMessage {
  readonly channel: 'email' | 'sms';
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

type Source = Parameters<Messages['deliver']>[1];

/** Each with the code or, for an account that staff made, the temporary password at its end. */
const TEXTS: Record<Source, { readonly subject: string; readonly before: string }> = {
  SignUp: { subject: 'Your verification code', before: 'Your confirmation code is' },
  ResendCode: { subject: 'Your verification code', before: 'Your confirmation code is' },
  ForgotPassword: { subject: 'Your password reset code', before: 'Your password reset code is' },
  AdminCreateUser: { subject: 'Your account', before: 'You have an account. Your temporary password is' },
  Authentication: { subject: 'Your sign-in code', before: 'Your sign-in code is' },
  UpdateUserAttribute: { subject: 'Your verification code', before: 'Your verification code is' },
  VerifyUserAttribute: { subject: 'Your verification code', before: 'Your verification code is' },
};

/** The user pool's messages, worded as Cognito words them, handed to `deliver`. */
export function messagesTo(deliver: (message: CognitoMessage) => void): Messages {
  return {
    async deliver(_ctx, source, _clientId, _userPoolId, _user, code, _metadata, { DeliveryMedium, Destination }) {
      const { subject, before } = TEXTS[source];
      const channel = DeliveryMedium === 'SMS' ? 'sms' : 'email';
      deliver({ channel, to: Destination, subject, text: `${before} ${code}` });
    },
  };
}
