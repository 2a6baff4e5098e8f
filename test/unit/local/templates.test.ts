// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { readLambdaFunction } from '../../../local/aws/lambda/lambda-function.ts';
import { createDeployment } from '../../../local/aws/templates/deployment.ts';
import { readTemplates } from '../../../local/aws/templates/templates.ts';
import { createFunctionResource, writeSynthesizedApp } from '../../support/aws/synthesized-app.ts';

const app = writeSynthesizedApp(
  {
    Data: {
      Parameters: { BootstrapVersion: { Type: 'String', Default: '/cdk/version' } },
      Resources: {
        Proxy: { Type: 'AWS::RDS::DBProxy' },
        Cluster: { Type: 'AWS::RDS::DBCluster' },
        Other: { Type: 'AWS::RDS::DBCluster' },
      },
      Outputs: {
        Host: {
          Value: { 'Fn::GetAtt': ['Proxy', 'Endpoint'] },
          Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Host' } },
        },
        Unexported: { Value: 'nobody asks' },
      },
    },
    Service: {
      Resources: {
        Api: createFunctionResource('api', {
          Role: { 'Fn::GetAtt': ['Unknown', 'Arn'] },
          Timeout: 7,
          Environment: { Variables: { DB_HOST: { 'Fn::ImportValue': 'Data:Host' }, LEVEL: 'info' } },
        }),
        Named: createFunctionResource('api', { FunctionName: { 'Fn::Sub': 'named-${AWS::Region}' } }),
        Noted: { ...createFunctionResource('missing'), Metadata: { 'aws:asset:path': 'asset.api' } },
        Lost: createFunctionResource('missing'),
        Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Named' }, Name: 'live' } },
        Table: { Type: 'AWS::DynamoDB::Table' },
        Broken: createFunctionResource('api', { Environment: { Variables: { TABLE: { Ref: 'Table' } } } }),
      },
    },
  },
  { api: 'export const handler = async () => 1;' },
);
afterAll(() => rmSync(app, { recursive: true }));

const templates = readTemplates(app);
const deployment = createDeployment(templates, {
  region: 'us-east-1',
  values: {
    'AWS::RDS::DBProxy.Endpoint': 'localhost',
    'AWS::RDS::DBCluster.Endpoint.Port': '54321',
    'Other.Endpoint.Port': '54322',
  },
});

const findStack = (name: string) => {
  const stack = templates.stacks.find((one) => one.name === name);
  if (!stack) throw new Error(`no stack ${name}`);
  return stack;
};
const resolveInDataStack = (value: unknown) => deployment.resolve(value, findStack('Data'));
const resolveInServiceStack = (value: unknown) => deployment.resolve(value, findStack('Service'));
const findResource = (id: string) => {
  const resource = findStack('Service').resources.get(id);
  if (!resource) throw new Error(`no resource ${id}`);
  return resource;
};

test('resources are found by type over all stacks', () => {
  expect(templates.stacks.map(({ name }) => name)).toEqual(['Data', 'Service']);
  expect(templates.getResources('AWS::RDS::DBCluster').map(({ logicalId }) => logicalId)).toEqual(['Cluster', 'Other']);
});

test('for a folder without a synthesized app, the error names the folder and the command to run', () => {
  expect(() => readTemplates('/nowhere')).toThrow(/No synthesized app in \/nowhere: run `npm run synth`/);
});

test('intrinsic functions are resolved as in CloudFormation', () => {
  expect(resolveInDataStack({ Ref: 'AWS::Region' })).toBe('us-east-1');
  expect(resolveInDataStack({ Ref: 'BootstrapVersion' })).toBe('/cdk/version');
  expect(
    resolveInDataStack({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':x:', { Ref: 'AWS::AccountId' }]] }),
  ).toBe('arn:aws:x:000000000000');
  expect(resolveInDataStack({ 'Fn::Sub': '${!kept} ${AWS::Region} ${Proxy.Endpoint}' })).toBe(
    '${kept} us-east-1 localhost',
  );
  expect(
    resolveInDataStack({
      'Fn::Sub': ['${port}/${AWS::StackName}', { port: { 'Fn::GetAtt': 'Cluster.Endpoint.Port' } }],
    }),
  ).toBe('54321/Data');
  expect(resolveInDataStack({ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] })).toBe('b');
  expect(resolveInDataStack([{ deep: { Ref: 'AWS::Region' } }, 7, null])).toEqual([{ deep: 'us-east-1' }, 7, null]);
});

test('a value for a logical id takes precedence over one for its type', () => {
  expect(resolveInDataStack({ 'Fn::GetAtt': ['Cluster', 'Endpoint.Port'] })).toBe('54321');
  expect(resolveInDataStack({ 'Fn::GetAtt': ['Other', 'Endpoint.Port'] })).toBe('54322');
});

test('an import is resolved in the exporting stack', () => {
  expect(resolveInServiceStack({ 'Fn::ImportValue': 'Data:Host' })).toBe('localhost');
  expect(() => resolveInServiceStack({ 'Fn::ImportValue': 'Data:Gone' })).toThrow(/No stack exports Data:Gone/);
});

test('for a value that cannot be resolved, the error names the resource, the stack and the missing entry', () => {
  expect(() => resolveInDataStack({ 'Fn::GetAtt': ['Cluster', 'Endpoint.Address'] })).toThrow(
    /Endpoint\.Address of Cluster \(AWS::RDS::DBCluster\) in Data: add 'AWS::RDS::DBCluster\.Endpoint\.Address'/,
  );
  expect(() => resolveInDataStack({ Ref: 'Nobody' })).toThrow(/Data refers to Nobody/);
  expect(() => resolveInDataStack({ 'Fn::Cidr': [] })).toThrow(/does not support the CloudFormation function Fn::Cidr/);
});

test('only the requested properties are resolved', () => {
  const api = findResource('Api');
  expect(deployment.read(api, z.object({ Timeout: z.number() }))).toEqual({ Timeout: 7 });
  expect(() => deployment.read(api, z.object({ Role: z.string() }))).toThrow(/refers to Unknown/);
  expect(() => deployment.read(api, z.object({ Timeout: z.string() }))).toThrow(/cannot read Api .* in Service/);
});

test('a function is read with its bundle and its resolved environment', () => {
  expect(readLambdaFunction(findResource('Api'), deployment)).toMatchObject({
    name: 'Api',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:Api',
    folder: `${app}/asset.api`,
    file: `${app}/asset.api/index.mjs`,
    handler: 'handler',
    environment: { DB_HOST: 'localhost', LEVEL: 'info' },
    timeoutSeconds: 7,
    memoryMb: 128,
  });
  expect(readLambdaFunction(findResource('Noted'), deployment).folder).toBe(`${app}/asset.api`);
  expect(() => readLambdaFunction(findResource('Lost'), deployment)).toThrow(/Lost has no bundle/);
  expect(() => readLambdaFunction(findResource('Broken'), deployment)).toThrow(/Ref of Table \(AWS::DynamoDB::Table\)/);
});

test('a function can have a name, and an alias refers to its function', () => {
  expect(resolveInServiceStack({ Ref: 'Named' })).toBe('named-us-east-1');
  expect(resolveInServiceStack({ Ref: 'Live' })).toBe(
    'arn:aws:lambda:us-east-1:000000000000:function:named-us-east-1:live',
  );
});
