import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import * as z from 'zod';
import type { StageConfig } from '../../lib/config/stages.ts';
import { readAssembly } from '../../lib/stacks/read-assembly.ts';

/** A zone by its name, or by its number among the zones of the stage. */
export type ZoneReference = string | number;

/** What a stage needs of its account and region, as its templates say. */
export interface StageNeeds {
  readonly config: StageConfig;
  readonly hasProxy: boolean;
  /** The interface endpoints: the end of the service's name, such as `sqs`, and the zones. */
  readonly endpoints: readonly { readonly service: string; readonly zones: readonly ZoneReference[] }[];
  readonly database: {
    readonly engine: string;
    readonly version: string;
    readonly instanceClass: string;
    /** Aurora capacity units. */
    readonly capacity: { readonly min: number; readonly max: number };
  };
  /** The sum of all reserved concurrent executions. */
  readonly reservedConcurrency: number;
  readonly elasticIps: number;
  readonly hasBackups: boolean;
  readonly bootstrap: { readonly parameter: string; readonly version: number };
}

/** Synthesizes a stage without bundling its functions, and returns what it needs. Throws if its configuration is invalid. */
export function readStageNeeds(config: StageConfig): StageNeeds {
  return readAssembly(config, (assembly) => extractNeeds(config, assembly));
}

function extractNeeds(config: StageConfig, assembly: CloudAssembly): StageNeeds {
  const resources = assembly.stacks.flatMap(({ template }) => Object.entries(templateSchema.parse(template).Resources));
  const list = <Shape extends z.ZodType>(type: string, shape: Shape) =>
    resources.filter(([, resource]) => resource.Type === type).map(([, { Properties }]) => shape.parse(Properties));
  const zones = new Map(
    resources
      .filter(([, { Type }]) => Type === 'AWS::EC2::Subnet')
      .map(([id, { Properties }]) => [id, subnetSchema.parse(Properties).AvailabilityZone]),
  );
  const [cluster] = list('AWS::RDS::DBCluster', clusterSchema);
  const [instance] = list('AWS::RDS::DBInstance', instanceSchema);
  const [{ requiresBootstrapStackVersion: version, bootstrapStackVersionSsmParameter: parameter } = {}] =
    assembly.stacks;
  if (!cluster || !instance || !version || !parameter)
    throw new Error(`The templates of stage ${config.stage} have no database or no bootstrap version.`);
  const { MinCapacity: min, MaxCapacity: max } = cluster.ServerlessV2ScalingConfiguration;
  const functions = list('AWS::Lambda::Function', functionSchema);
  return {
    config,
    hasProxy: list('AWS::RDS::DBProxy', z.unknown()).length > 0,
    endpoints: list('AWS::EC2::VPCEndpoint', endpointSchema).map(({ ServiceName, SubnetIds }) => ({
      service: ServiceName,
      zones: SubnetIds.map(({ Ref }) => zones.get(Ref) ?? 0),
    })),
    database: {
      engine: cluster.Engine,
      version: cluster.EngineVersion,
      instanceClass: instance.DBInstanceClass,
      capacity: { min, max },
    },
    reservedConcurrency: functions.reduce(
      (sum, { ReservedConcurrentExecutions = 0 }) => sum + ReservedConcurrentExecutions,
      0,
    ),
    elasticIps: list('AWS::EC2::EIP', z.unknown()).length,
    hasBackups: list('AWS::Backup::BackupPlan', z.unknown()).length > 0,
    bootstrap: { parameter, version },
  };
}

const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});
const subnetSchema = z.object({
  AvailabilityZone: z.union([
    z.string(),
    z.object({ 'Fn::Select': z.tuple([z.number(), z.unknown()]) }).transform((select) => select['Fn::Select'][0]),
  ]),
});
const clusterSchema = z.object({
  Engine: z.string(),
  EngineVersion: z.string(),
  ServerlessV2ScalingConfiguration: z.object({ MinCapacity: z.number(), MaxCapacity: z.number() }),
});
const instanceSchema = z.object({ DBInstanceClass: z.string() });
const functionSchema = z.object({ ReservedConcurrentExecutions: z.number().optional() });
const endpointSchema = z.object({
  ServiceName: z
    .union([
      z.string(),
      // com.amazonaws.<region>.sqs, where the region is known only at the deployment.
      z
        .object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })
        .transform((join) => String(join['Fn::Join'][1].at(-1))),
    ])
    .transform((name) => name.replace(/^(com\.amazonaws\.[\w-]+)?\./, '')),
  SubnetIds: z.array(z.object({ Ref: z.string() })),
});
