import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { INFRASTRUCTURE } from './terraform.js';

// Settings that appear neither in a state nor in the graph. The regular expressions rely on the
// layout of `terraform fmt`, which terraform.test.ts checks.

const source = readdirSync(INFRASTRUCTURE)
  .filter((name) => name.endsWith('.tf'))
  .map((name) => readFileSync(join(INFRASTRUCTURE, name), 'utf8'))
  .join('\n')
  .replaceAll(/^ *#.*\n/gm, '');

/** The blocks of a kind at a depth of indentation: their labels and their body. */
function blocksIn(text: string, kind: string, indent = ''): { labels: string; body: string }[] {
  const pattern = new RegExp(`^${indent}${kind} ?([^\\n{]*)\\{\\n(.*?)^${indent}\\}`, 'gms');
  return [...text.matchAll(pattern)].map(([, labels = '', body = '']) => ({
    labels: labels.replaceAll('"', '').trim().replace(' ', '.'),
    body,
  }));
}

/** The arguments of a block, without blocks in it. */
function argumentsIn(body: string): Record<string, string> {
  const indent = /^ */.exec(body)![0];
  const own = body.replaceAll(new RegExp(`^${indent}\\w+ \\{\\n.*?^${indent}\\}\\n`, 'gms'), '');
  const pattern = new RegExp(
    `^${indent}(\\w+) += (.*?)(?=\\n${indent}\\w|\\n*$(?![\\s\\S]))`,
    'gms',
  );
  return Object.fromEntries(
    [...own.matchAll(pattern)].map(([, name, value = '']) => [
      name,
      value.replaceAll(/ # .*/g, '').trim(),
    ]),
  );
}

describe('the source of the configuration', () => {
  const resources = blocksIn(source, 'resource');

  it('has a lifecycle on these resources only, so that none ignores changes', () => {
    const lifecycles = resources.flatMap(({ labels, body }) =>
      blocksIn(body, 'lifecycle', '  ').map((block) => [labels, argumentsIn(block.body)]),
    );
    expect(resources).to.have.length.above(30);
    expect(Object.fromEntries(lifecycles)).to.deep.equal({
      // A table and a view cannot have the same name, so one is deleted first.
      'google_bigquery_table.dead_letter': { replace_triggered_by: '[terraform_data.results]' },
      'google_bigquery_table.quote': { replace_triggered_by: '[terraform_data.results]' },
      // Only preconditions.
      'google_billing_budget.monthly': {},
      'google_cloud_scheduler_job.alarm': {},
      'google_cloudfunctions2_function.function': {},
      // An alert notifies a channel: the channel can only be deleted when the alert no longer uses
      // it.
      'google_monitoring_notification_channel.email': { create_before_destroy: 'true' },
    });
  });

  it('runs nothing but the waits on the machine that deploys', () => {
    for (const { labels, body } of resources) {
      const isWait = /^terraform_data\.\w+_ready$/.test(labels);
      const provisioners = blocksIn(body, 'provisioner', '  ');
      expect(provisioners, labels).to.have.length(isWait ? 1 : 0);
      if (!isWait) continue;
      expect(provisioners[0]!.labels, labels).to.equal('local-exec');
      expect(argumentsIn(provisioners[0]!.body), labels).to.deep.equal({
        interpreter: '["node", "-e"]',
        command: 'local.wait_command',
      });
    }
    const [, command = ''] = /^ {2}wait_command += <<-EOT\n(.*?)^ {2}EOT$/ms.exec(source) ?? [];
    const script = command.replaceAll(/\$\{var\.propagation_seconds\}/g, '0.2');
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
    expect(performance.now() - start).to.be.at.least(200);
    const [variable] = blocksIn(source, 'variable').filter(({ labels }) =>
      /^propagation/.test(labels),
    );
    // Google says that a role typically takes two minutes
    // (https://cloud.google.com/iam/docs/access-change-propagation).
    expect(Number(argumentsIn(variable!.body).default)).to.be.at.least(120);
  });

  it('uses one provider, with the project and the region of the variables', () => {
    const providers = blocksIn(source, 'provider');
    expect(providers.map(({ labels, body }) => [labels, argumentsIn(body)])).to.deep.equal([
      [
        'google',
        {
          project: 'var.project_id',
          region: 'var.region',
          // With a person's own credentials, the budget's API asks which project pays for a
          // request.
          billing_project: 'var.project_id',
          user_project_override: 'true',
          default_labels: '{\n    application = "iex-stream"\n  }',
        },
      ],
    ]);
    for (const { labels, body } of resources) expect(body, labels).not.to.match(/^ {2}provider /m);
  });

  it('keeps the location of the state, so that a new version finds the old resources', () => {
    const [settings] = blocksIn(source, 'terraform');
    expect(argumentsIn(settings!.body)).to.deep.equal({ required_version: '">= 1.9"' });
    const backends = blocksIn(settings!.body, 'backend', '  ');
    expect(backends.map(({ labels, body }) => [labels, argumentsIn(body)])).to.deep.equal([
      ['gcs', { prefix: '"iex-stream"' }],
    ]);
    const [providers] = blocksIn(settings!.body, 'required_providers', '  ');
    expect(argumentsIn(providers!.body).google?.replaceAll(/\s+/g, ' ')).to.equal(
      '{ source = "hashicorp/google" version = "~> 6.50" }',
    );
  });

  it('names the variable in the message of each validation', () => {
    const variables = blocksIn(source, 'variable');
    for (const { labels, body } of variables) {
      for (const { body: validation } of blocksIn(body, 'validation', '  ')) {
        expect(argumentsIn(validation).error_message, labels).to.match(
          new RegExp(`^"${labels}\\b`),
        );
      }
    }
  });
});
