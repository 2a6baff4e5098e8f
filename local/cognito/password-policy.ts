import { CognitoError } from 'cognito-local/lib/errors.js';
import * as z from 'zod';

/** The password policy of a user pool, with the properties of CloudFormation. */
export interface PasswordPolicy {
  readonly MinimumLength?: number;
  readonly RequireLowercase?: boolean;
  readonly RequireUppercase?: boolean;
  readonly RequireNumbers?: boolean;
  readonly RequireSymbols?: boolean;
}

/**
 * Checks the password that an operation would set, if any, against the policy.
 * @throws InvalidPasswordException with Cognito's message when it violates the policy
 */
export function checkNewPassword(target: string, input: unknown, policy: PasswordPolicy): void {
  const password = NEW_PASSWORD[target]?.(fieldsSchema.parse(input));
  if (password === undefined) return;
  const violation = findViolation(password, policy);
  if (violation)
    throw new CognitoError('InvalidPasswordException', `Password did not conform with policy: ${violation}`);
}

const fieldsSchema = z
  .object({
    Password: z.string(),
    ProposedPassword: z.string(),
    TemporaryPassword: z.string(),
    ChallengeResponses: z.object({ NEW_PASSWORD: z.string() }).partial(),
  })
  .partial();

/** Returns the new password from the input of each operation that sets one. */
const NEW_PASSWORD: Record<string, (input: z.infer<typeof fieldsSchema>) => string | undefined> = {
  SignUp: (input) => input.Password ?? '',
  ConfirmForgotPassword: (input) => input.Password ?? '',
  ChangePassword: (input) => input.ProposedPassword ?? '',
  AdminSetUserPassword: (input) => input.Password ?? '',
  AdminCreateUser: (input) => input.TemporaryPassword,
  RespondToAuthChallenge: (input) => input.ChallengeResponses?.NEW_PASSWORD,
};

function findViolation(password: string, policy: PasswordPolicy): string | undefined {
  if (password.length < (policy.MinimumLength ?? 8)) return 'Password not long enough';
  if (policy.RequireLowercase && !/[a-z]/.test(password)) return 'Password must have lowercase characters';
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) return 'Password must have uppercase characters';
  if (policy.RequireNumbers && !/\d/.test(password)) return 'Password must have numeric characters';
  if (policy.RequireSymbols && !/[^A-Za-z0-9]/.test(password)) return 'Password must have symbol characters';
  return undefined;
}
