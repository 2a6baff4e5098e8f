import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import { MEDBOOK_RULES } from './medbook-rules.ts';
import type { Template } from './rule-types.ts';

/**
 * Checks our own rules on the synthesized templates. An intended violation is acknowledged beside its construct, as
 * `MedBook::Rule[issue]`.
 */
export class MedBookValidationPlugin implements IPolicyValidationPlugin {
  readonly name = 'MedBook';

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap(readViolations);
    return { success: violations.length === 0, violations };
  }
}

/** One violation of a rule in a template. */
export interface RuleViolation {
  readonly rule: string;
  readonly logicalId: string;
  /** The ID that the rule's check returned, such as a property or an action. */
  readonly issue: string;
  readonly description: string;
}

/** Returns all violations of our rules in a template. */
export function findViolations(template: Template): RuleViolation[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) =>
    Object.entries(MEDBOOK_RULES).flatMap(([rule, { checks, description }]) => {
      const check = checks[Type] ?? checks.everything;
      const issues = new Set(check?.(Properties, template));
      return Array.from(issues, (issue) => ({ rule, logicalId, issue, description }));
    }),
  );
}

function readViolations(templatePath: string): PolicyViolation[] {
  const template: Template = JSON.parse(readFileSync(templatePath, 'utf8'));
  return findViolations(template).map(({ rule, logicalId, issue, description }) => ({
    ruleName: `${rule}[${issue}]`,
    description,
    severity: 'error',
    violatingResources: [{ resourceLogicalId: logicalId, templatePath, locations: [] }],
  }));
}
