import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import type { Template } from './rule.ts';
import { RULES } from './rules.ts';

/**
 * Our own rules, on the templates as they are deployed. What breaks one on purpose is acknowledged beside its construct, as
 * `MedBook::Rule[fault]`.
 */
export class OwnRules implements IPolicyValidationPlugin {
  readonly name = 'MedBook';

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap(violationsIn);
    return { success: violations.length === 0, violations };
  }
}

/** What breaks a rule in a template. */
export interface Finding {
  readonly rule: string;
  readonly logicalId: string;
  /** What it is of the resource that breaks the rule. */
  readonly fault: string;
  readonly says: string;
}

/** All that breaks a rule in a template. */
export function findingsIn(template: Template): Finding[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) =>
    Object.entries(RULES).flatMap(([rule, { on, says }]) => {
      const check = on[Type] ?? on.everything;
      const faults = new Set(check?.(Properties, template));
      return Array.from(faults, (fault) => ({ rule, logicalId, fault, says }));
    }),
  );
}

function violationsIn(templatePath: string): PolicyViolation[] {
  const template: Template = JSON.parse(readFileSync(templatePath, 'utf8'));
  return findingsIn(template).map(({ rule, logicalId, fault, says }) => ({
    ruleName: `${rule}[${fault}]`,
    description: says,
    severity: 'error',
    violatingResources: [{ resourceLogicalId: logicalId, templatePath, locations: [] }],
  }));
}
