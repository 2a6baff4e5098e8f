import type { Tracer } from '@aws-lambda-powertools/tracer';

/**
 * Runs `work` as a named part of the request's trace. A failure is flagged without its message, which may contain personal data. The name
 * must not contain any either.
 */
export type Trace = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Runs `work` without tracing it. */
export const noTrace: Trace = (_, work) => work();

/** Creates a trace that is sent to the X-Ray daemon of Lambda. Without its address (a function that is not traced) nothing is loaded. */
export function createTrace(daemonAddress: string | undefined): Trace {
  if (daemonAddress === undefined) return noTrace;
  const tracer = loadTracer();
  return async (name, work) => {
    const segment = (await tracer).getSegment()?.addNewSubsegment(name);
    if (!segment) return work();
    segment.namespace = 'remote';
    try {
      return await work();
    } catch (error) {
      segment.addFaultFlag();
      throw error;
    } finally {
      segment.close();
    }
  };
}

async function loadTracer(): Promise<Tracer> {
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  // Calls to AWS are few, and their URLs would be in the trace.
  return new Tracer({ serviceName: 'medbook', captureHTTPsRequests: false });
}
