import { Logger } from '@aws-lambda-powertools/logger';

/** All that may be logged: ids, routes and numbers. A name, an address, a reason or a token has no field here. */
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
}

const logger = new Logger({ serviceName: 'medbook' });

/** Notes an event of the normal course: a word in snake case, and ids. */
export function log(event: string, fields: LogFields = {}): void {
  logger.info(event, { ...fields });
}

/** Notes a fault of ours or of a part that we need, with its cause. */
export function logError(event: string, error: unknown, fields: LogFields = {}): void {
  logger.error(event, { ...fields, fault: describe(error) });
}

interface Fault {
  readonly name: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly stack?: string;
  readonly cause?: Fault;
}

// PostgreSQL puts the values of rows into its messages, and AWS what it was given: their errors are told by name, code and constraint alone.
function describe(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: typeof error };
  const quotesValues = 'severity' in error || '$fault' in error;
  return {
    name: error.name,
    ...('code' in error ? { code: String(error.code) } : {}),
    ...('constraint' in error && error.constraint ? { constraint: String(error.constraint) } : {}),
    stack: quotesValues ? error.stack?.replace(error.message, '') : error.stack,
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  };
}
