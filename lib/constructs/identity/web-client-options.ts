import { Duration } from 'aws-cdk-lib';
import { ClientAttributes, type UserPoolClientOptions } from 'aws-cdk-lib/aws-cognito';

const PROFILE_ATTRIBUTES = new ClientAttributes().withStandardAttributes({
  email: true,
  fullname: true,
  phoneNumber: true,
});

/**
 * Options of the only client: a public one for web pages and apps, without a secret, that signs in through Cognito's
 * API.
 */
export const WEB_CLIENT_OPTIONS: UserPoolClientOptions = {
  // SRP never sends the password. Password sign-in is for clients without an SRP implementation.
  authFlows: { userSrp: true, userPassword: true },
  // There are no hosted sign-in pages (docs/adr/0010-identity-and-edge.md).
  disableOAuth: true,
  preventUserExistenceErrors: true,
  enableTokenRevocation: true,
  authSessionValidity: Duration.minutes(5),
  accessTokenValidity: Duration.hours(1),
  idTokenValidity: Duration.hours(1),
  refreshTokenValidity: Duration.days(30),
  readAttributes: PROFILE_ATTRIBUTES.withStandardAttributes({ emailVerified: true, phoneNumberVerified: true }),
  writeAttributes: PROFILE_ATTRIBUTES,
};
