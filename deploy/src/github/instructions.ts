import { ENVIRONMENT } from './federation.js';
import type { GitHubSetup } from './set-up.js';

/**
 * The commands that let the workflow use what was set up: the repository's variables, and an
 * environment in which only the main branch can deploy, after somebody's approval.
 */
export function instructionsOf({ repository, variables }: GitHubSetup): string[] {
  const environment = `repos/${repository.name}/environments/${ENVIRONMENT}`;
  const policy = 'deployment_branch_policy';
  return [
    ...Object.entries(variables).map(
      ([name, value]) => `gh variable set ${name} --repo ${repository.name} --body '${value}'`,
    ),
    `gh api --silent --method PUT ${environment} -F 'reviewers[][type]=User' -F "reviewers[][id]=$(gh api user --jq .id)" -F '${policy}[protected_branches]=false' -F '${policy}[custom_branch_policies]=true'`,
    `gh api --silent --method POST ${environment}/deployment-branch-policies -f name=main`,
  ];
}
