import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { RuleCheck } from './rule-types.ts';

/** Checks that a function's role is defined in the same template and used by no other function there. */
export const checkOwnRole: RuleCheck = ({ Role }, { Resources }) => {
  const name = localRoleReference.safeParse(Role).data?.['Fn::GetAtt'][0];
  if (name === undefined || Resources[name]?.Type !== 'AWS::IAM::Role') return ['Role.elsewhere'];
  const functionsWithRole = Object.values(Resources).filter(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && isDeepStrictEqual(Properties?.Role, Role),
  );
  return functionsWithRole.length > 1 ? ['Role.shared'] : [];
};

const localRoleReference = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
