import { HOURS_PER_MONTH, IDLE_POLLS_PER_HOUR, JOB_SECONDS, LOG_BYTES } from './assumptions.ts';
import type { CostPart } from './cost-line.ts';
import { countRuns } from './count-runs.ts';
import { findTarget, readGigabytes, readTracedShare } from './functions.ts';
import { listLogCosts } from './log-costs.ts';
import { findResources, type Resource } from './resources.ts';

/** Jobs, and the polling of queues, which go on without requests. */
export const JOB_COSTS: CostPart = {
  types: ['AWS::Scheduler::Schedule', 'AWS::Lambda::EventSourceMapping'],
  listAtRest: (resources) => {
    const jobs = findResources(resources, 'AWS::Scheduler::Schedule').map((schedule) => ({
      job: findTarget(resources, schedule),
      runs: countRuns(schedule),
    }));
    const sumOverRuns = (perRun: (job: Resource) => number) =>
      jobs.reduce((sum, { job, runs }) => sum + runs * perRun(job), 0);
    const runs = sumOverRuns(() => 1);
    const polledQueues = findResources(resources, 'AWS::Lambda::EventSourceMapping').length;
    return [
      { what: 'schedules of jobs', price: 'scheduleRuns', quantity: runs },
      { what: 'invocations of jobs', price: 'functionRequests', quantity: runs },
      {
        what: 'time of jobs',
        price: 'functionTime',
        quantity: sumOverRuns((job) => JOB_SECONDS * readGigabytes(job)),
      },
      { what: 'traces of jobs', price: 'traces', quantity: sumOverRuns(readTracedShare) },
      ...listLogCosts(resources, 'jobs', (runs * (LOG_BYTES.lambda + LOG_BYTES.run)) / 1e9),
      {
        what: 'polling of empty queues',
        price: 'queueRequests',
        quantity: polledQueues * IDLE_POLLS_PER_HOUR * HOURS_PER_MONTH,
      },
    ];
  },
};
