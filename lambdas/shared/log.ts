import { Logger } from '@aws-lambda-powertools/logger';

/** The only fields that may be logged: ids, routes and numbers. There is no field for personal data or tokens. */
export interface LogFields {
  readonly requestId?: string;
  readonly route?: string;
  readonly status?: number;
  readonly milliseconds?: number;
  readonly code?: string;
  readonly appointmentId?: string;
  readonly notificationId?: string;
  readonly clinicId?: string;
  readonly doctorId?: string;
  readonly count?: number;
  readonly created?: number;
  readonly withdrawn?: number;
  readonly done?: number;
  readonly total?: number;
  readonly timeZone?: string;
  readonly hour?: Date;
  readonly databaseMinutes?: number;
  readonly functionMinutes?: number;
}

const logger = new Logger({ serviceName: 'medbook' });

/** Logs an event of normal operation. `event` is in snake case. */
export function log(event: string, fields: LogFields = {}): void {
  logger.info(event, { ...fields });
}

/** Logs an error, of our code or of a service that it uses, with its cause. */
export function logError(event: string, error: unknown, fields: LogFields = {}): void {
  logger.error(event, { ...fields, error: describeError(error) });
}

interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

// PostgreSQL quotes row values in its messages, and AWS its input. Their errors are logged without the message.
function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const mayQuoteValues = 'severity' in error || '$fault' in error;
  return {
    name: error.name,
    ...('code' in error ? { code: String(error.code) } : {}),
    ...('constraint' in error && error.constraint ? { constraint: String(error.constraint) } : {}),
    stack: mayQuoteValues ? error.stack?.replace(error.message, '') : error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
