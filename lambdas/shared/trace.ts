import type { Tracer } from '@aws-lambda-powertools/tracer';

/**
 * Runs a piece of work as a part of the request's trace, under that name. A failure is marked and its text left out, which may
 * quote data. The name must not hold any either.
 */
export type Trace = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Where nobody takes traces. */
export const untraced: Trace = (_, work) => work();

/** Traces to where Lambda says that it takes them, which it does in a function that is traced; elsewhere nothing of this is loaded. */
export function traceTo(daemonAddress: string | undefined): Trace {
  if (daemonAddress === undefined) return untraced;
  const tracing = loadTracer();
  return async (name, work) => {
    const segment = (await tracing).getSegment()?.addNewSubsegment(name);
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
  // Requests to AWS are few, and their addresses would be in the trace.
  return new Tracer({ serviceName: 'medbook', captureHTTPsRequests: false });
}
