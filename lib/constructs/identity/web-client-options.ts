import { Duration } from 'aws-cdk-lib';
import { ClientAttributes, type UserPoolClientOptions } from 'aws-cdk-lib/aws-cognito';

const PROFILE_ATTRIBUTES = new ClientAttributes().withStandardAttributes({
  email: true,
  fullname: true,
  phoneNumber: true,
});

const CLIENT_OPTIONS: UserPoolClientOptions = {
  // Cognito checks for compromised passwords only if it gets the password, over TLS: not with SRP.
  authFlows: { userPassword: true },
  // There are no hosted sign-in pages (docs/adr/0023-two-user-pools.md).
  disableOAuth: true,
  preventUserExistenceErrors: true,
  enableTokenRevocation: true,
  authSessionValidity: Duration.minutes(5),
  accessTokenValidity: Duration.hours(1),
  idTokenValidity: Duration.hours(1),
  readAttributes: PROFILE_ATTRIBUTES.withStandardAttributes({ emailVerified: true, phoneNumberVerified: true }),
  writeAttributes: PROFILE_ATTRIBUTES,
};

/**
 * Options of the only client of patients: a public one for web pages and apps, without a secret, that signs in through
 * Cognito's API.
 */
export const PATIENT_CLIENT_OPTIONS: UserPoolClientOptions = {
  ...CLIENT_OPTIONS,
  refreshTokenValidity: Duration.days(30),
};

/** Options of the only client of staff, like that of patients. A session ends after a working day. */
export const STAFF_CLIENT_OPTIONS: UserPoolClientOptions = {
  ...CLIENT_OPTIONS,
  refreshTokenValidity: Duration.hours(12),
};
