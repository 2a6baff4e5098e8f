import {
  AWAKE_CAPACITY,
  AWAKE_HOURS,
  AWAKE_HOURS_PER_JOB,
  HOURS_PER_MONTH,
  OS_METRICS_GIGABYTES,
  PROXY_MINIMUM_CAPACITY,
} from './assumptions.ts';
import { type CostLine, type CostPart, sumDollars } from './cost-line.ts';
import { countRuns } from './count-runs.ts';
import { findResources, type Resource, readList, readNumber, readText, readValue } from './resources.ts';

/** The instances of Aurora, and RDS Proxy. */
export const DATABASE_COSTS: CostPart = {
  types: ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::RDS::DBProxy', 'AWS::RDS::DBProxyEndpoint'],
  listAtRest: (resources) => {
    const instances = findInstances(resources);
    const monitored = instances.filter((instance) => readValue(instance, 'MonitoringInterval') === 60).length;
    return [
      {
        what: 'Aurora, minimum capacity',
        price: 'auroraCapacity',
        quantity: instances.length * readMinimumCapacity(resources) * HOURS_PER_MONTH,
      },
      {
        what: 'Aurora, running for jobs',
        price: 'auroraCapacity',
        quantity: countPausing(resources) * AWAKE_CAPACITY * countJobHours(resources),
      },
      { what: 'logs of the operating system', price: 'logsWritten', quantity: monitored * OS_METRICS_GIGABYTES },
      ...listProxyCosts(resources, instances.length),
    ];
  },
  listInUse: (resources) => [
    {
      what: 'Aurora, running for people',
      price: 'auroraCapacity',
      quantity: countPausing(resources) * AWAKE_CAPACITY * AWAKE_HOURS,
    },
  ],
};

/** Returns how much less it is if the proxy's minimum counts once, and not for each instance: AWS's texts can mean both. */
export function computeProxyDoubt(resources: readonly Resource[]): number {
  const instances = findInstances(resources).length;
  return sumDollars(listProxyCosts(resources, instances)) - sumDollars(listProxyCosts(resources, 1));
}

/** Returns the instances. Throws an error that names one of another class than `db.serverless`. */
function findInstances(resources: readonly Resource[]): Resource[] {
  const instances = findResources(resources, 'AWS::RDS::DBInstance');
  for (const instance of instances) {
    const instanceClass = readText(instance, 'DBInstanceClass');
    if (instanceClass !== 'db.serverless')
      throw new Error(`${instance.path}: the cost model has no price for ${instanceClass}. Add it to lib/cost/.`);
  }
  return instances;
}

/** Returns the number of instances that pause without connections. */
function countPausing(resources: readonly Resource[]): number {
  return readMinimumCapacity(resources) === 0 ? findInstances(resources).length : 0;
}

/** Returns for how many hours jobs keep a database from pausing: they all run at the same time where it can pause. */
function countJobHours(resources: readonly Resource[]): number {
  const runs = findResources(resources, 'AWS::Scheduler::Schedule').map(countRuns);
  return Math.min(HOURS_PER_MONTH, Math.max(0, ...runs) * AWAKE_HOURS_PER_JOB);
}

function readMinimumCapacity(resources: readonly Resource[]): number {
  const [cluster] = findResources(resources, 'AWS::RDS::DBCluster');
  return cluster ? readNumber(cluster, 'ServerlessV2ScalingConfiguration', 'MinCapacity') : 0;
}

function listProxyCosts(resources: readonly Resource[], instances: number): CostLine[] {
  const proxies = findResources(resources, 'AWS::RDS::DBProxy').length;
  const capacity = Math.max(PROXY_MINIMUM_CAPACITY, readMinimumCapacity(resources));
  const endpointZones = findResources(resources, 'AWS::RDS::DBProxyEndpoint').flatMap((endpoint) =>
    readList(endpoint, 'VpcSubnetIds'),
  ).length;
  return [
    {
      what: 'RDS Proxy, minimum for each instance',
      price: 'proxyCapacity',
      quantity: proxies * instances * capacity * HOURS_PER_MONTH,
    },
    { what: 'more endpoints of RDS Proxy', price: 'proxyEndpoint', quantity: endpointZones * HOURS_PER_MONTH },
  ];
}
