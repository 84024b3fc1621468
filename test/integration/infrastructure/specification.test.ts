import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type AppliedSystem, appliedSystems } from './applied.js';
import { alarms } from './specification/alarms.js';
import { functions } from './specification/functions.js';
import { jobs } from './specification/jobs.js';
import { messages } from './specification/messages.js';
import { monitoring } from './specification/monitoring.js';
import type { Specification } from './specification/names.js';
import { outputs } from './specification/outputs.js';
import { project } from './specification/project.js';
import { rows } from './specification/rows.js';
import { CASES, DEFAULTS, type Settings, settingsOf } from './specification/settings.js';
import { INFRASTRUCTURE } from './terraform.js';

const CONCERNS: Record<string, (settings: Settings) => Specification> = {
  alarms,
  functions,
  jobs,
  messages,
  monitoring,
  'APIs and accounts': project,
  rows,
};

/** Roles are specified in iam.test.ts. */
const IS_ROLE = /_iam_member\./;

/** Waits are specified in propagation.test.ts. */
const IS_WAIT = /^terraform_data\./;

/**
 * A copy of the specification in which the configured text replaces each pattern that it matches.
 */
function withTexts(specified: unknown, configured: unknown): unknown {
  if (specified instanceof RegExp) {
    return typeof configured === 'string' && specified.test(configured) ? configured : specified;
  }
  if (Array.isArray(specified)) {
    return specified.map((item, i) => withTexts(item, (configured as unknown[] | undefined)?.[i]));
  }
  if (specified === null || typeof specified !== 'object') return specified;
  return Object.fromEntries(
    Object.entries(specified).map(([name, value]) => [
      name,
      withTexts(value, (configured as Record<string, unknown> | undefined)?.[name]),
    ]),
  );
}

/**
 * Compares every attribute of every resource with the specification. An attribute or a resource
 * that is not specified fails, too: add it to `specification/`, with the reason if it is not
 * obvious.
 */
describe('the specification', () => {
  const appliedSystem = appliedSystems();

  for (const name of Object.keys(CASES)) {
    const settings = settingsOf(name);

    describe(name, () => {
      let system: AppliedSystem;

      before(() => {
        system = appliedSystem(name);
      });

      for (const [concern, specify] of Object.entries(CONCERNS)) {
        it(`has the specified ${concern}`, () => {
          for (const [address, attributes] of Object.entries(specify(settings))) {
            const configured = system.configured[address];
            expect(configured, address).to.deep.equal(withTexts(attributes, configured));
          }
        });
      }

      it('has no other resources, except roles and waits', () => {
        const specified = Object.values(CONCERNS).flatMap((specify) =>
          Object.keys(specify(settings)),
        );
        const configured = Object.keys(system.configured).filter(
          (address) => !IS_ROLE.test(address) && !IS_WAIT.test(address),
        );
        expect(configured).to.have.members(specified);
      });

      it('reads the project and the bucket of the settings', () => {
        const read = system.resources.filter(({ mode }) => mode === 'data');
        const names = read.map(({ address, values }) => [
          address,
          values.project_id ?? values.name,
        ]);
        expect(Object.fromEntries(names)).to.deep.equal({
          'data.google_project.project': settings.project_id,
          'data.google_storage_bucket.code': settings.code_bucket,
        });
      });

      it('has the specified outputs', () => {
        const jobIds = system.resources
          .filter(({ type }) => type === 'google_dataflow_job')
          .map(({ values }) => [values.name, values.job_id]);
        expect(system.outputs).to.deep.equal(outputs(settings, Object.fromEntries(jobIds)));
      });

      it('grants roles on regional resources in the region of the settings', () => {
        const roles = Object.entries(system.configured).filter(([address]) =>
          IS_ROLE.test(address),
        );
        expect(roles).not.to.have.length(0);
        for (const [address, { location }] of roles) {
          const isRegional = /artifact_registry|cloud_run/.test(address);
          expect(location, address).to.equal(isRegional ? settings.region : undefined);
        }
      });
    });
  }

  it('has a case that changes each variable, which reveals a constant in its place', () => {
    const text = readFileSync(join(INFRASTRUCTURE, 'variables.tf'), 'utf8');
    const variables = [...text.matchAll(/^variable "(\w+)"/gm)].map(([, variable]) => variable);
    expect(Object.keys(settingsOf('by default'))).to.have.members(variables);
    const changed = new Set(Object.values(CASES).flatMap((settings) => Object.keys(settings)));
    // It is an attribute of no resource; see source.test.ts.
    changed.add('propagation_seconds');
    expect([...changed]).to.have.members(variables);
    for (const settings of Object.values(CASES)) {
      for (const [variable, value] of Object.entries(settings)) {
        expect(value, variable).not.to.deep.equal(DEFAULTS[variable as keyof typeof DEFAULTS]);
      }
    }
  });
});
