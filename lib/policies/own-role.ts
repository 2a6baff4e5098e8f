import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Check } from './rule.ts';

/** Checks that a function's role is made in its template, and is no other function's there. */
export const hasOwnRole: Check = ({ Role }, { Resources }) => {
  const name = ofThisTemplate.safeParse(Role).data?.['Fn::GetAtt'][0];
  if (name === undefined || Resources[name]?.Type !== 'AWS::IAM::Role') return ['Role.elsewhere'];
  const users = Object.values(Resources).filter(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && isDeepStrictEqual(Properties?.Role, Role),
  );
  return users.length > 1 ? ['Role.shared'] : [];
};

const ofThisTemplate = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });
