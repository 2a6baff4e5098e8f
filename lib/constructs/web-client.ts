import { Duration } from 'aws-cdk-lib';
import { ClientAttributes, type UserPoolClientOptions } from 'aws-cdk-lib/aws-cognito';

const THEIR_OWN = new ClientAttributes().withStandardAttributes({ email: true, fullname: true, phoneNumber: true });

/** The one client: a page or an app, which can keep no secret. It signs in through Cognito's API. */
export const WEB_CLIENT: UserPoolClientOptions = {
  // Without SRP a password would have to travel; without the password itself the smallest SDKs could not sign in.
  authFlows: { userSrp: true, userPassword: true },
  // Otherwise the client would sign in through pages of Cognito that we do not have (docs/adr/0010).
  disableOAuth: true,
  preventUserExistenceErrors: true,
  enableTokenRevocation: true,
  authSessionValidity: Duration.minutes(5),
  accessTokenValidity: Duration.hours(1),
  idTokenValidity: Duration.hours(1),
  refreshTokenValidity: Duration.days(30),
  readAttributes: THEIR_OWN.withStandardAttributes({ emailVerified: true, phoneNumberVerified: true }),
  writeAttributes: THEIR_OWN,
};
