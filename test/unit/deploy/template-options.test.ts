import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { UsageError } from 'iex-cli';
import { userPath } from 'iex-cli/user-path';
import { DEFAULT_MACHINE_TYPE, readTemplateOptions } from 'iex-deploy/src/template-options';

const VARIABLES = new URL('../../../infrastructure/variables.tf', import.meta.url);
const TARGET = ['--project', 'my-project', '--region', 'europe-west2', '--bucket', 'code'];

describe('the options of npm run template', () => {
  const options = (...args: string[]) => {
    const read = readTemplateOptions([...TARGET, ...args]);
    if (!read) throw new Error('only help');
    return read;
  };

  it('are a template for each deployed resolution, in the code bucket', () => {
    expect(options()).to.deep.equal({
      project: 'my-project',
      region: 'europe-west2',
      layout: 'per_resolution',
      resolutions: [1, 5, 15],
      base: 'gs://code/dataflow',
      folder: undefined,
      machineType: 'e2-standard-2',
      workerImage: undefined,
    });
  });

  it('take resolutions in any order', () => {
    expect(options('--resolutions', '60, 2').resolutions).to.deep.equal([2, 60]);
  });

  it('take a folder, relative to the current folder of the user', () => {
    const { base, folder } = options('--output', 'some/folder');
    expect(base).to.equal('gs://code/dataflow');
    expect(folder).to.equal(userPath('some/folder'));
  });

  for (const [output, base] of [
    ['gs://other', 'gs://other/dataflow'],
    ['gs://other/', 'gs://other/dataflow'],
    ['gs://other/a/b', 'gs://other/a/b'],
    ['gs://other/a/b/', 'gs://other/a/b'],
  ] as const) {
    it(`take ${output} as ${base}`, () => {
      expect(options('--output', output)).to.include({ base, folder: undefined });
    });
  }

  it('are undefined with --help, whatever the other flags', () => {
    expect(readTemplateOptions(['--help', '--project', '!'])).to.equal(undefined);
  });

  for (const [what, args, message] of [
    ['no project', ['--region', 'europe-west2', '--bucket', 'code'], /--project P is missing/],
    ['no region', ['--project', 'my-project', '--bucket', 'code'], /--region R is missing/],
    ['no bucket', ['--project', 'my-project', '--region', 'us-east1'], /--bucket B is missing/],
    [
      'a wrong project',
      [...TARGET, '--project', 'My Project'],
      /'My Project' is not a valid project ID/,
    ],
    ['a wrong region', [...TARGET, '--region', 'London'], /'London' is not a valid region/],
    ['a bucket with gs://', [...TARGET, '--bucket', 'gs://code'], /without gs:\/\//],
    ['a wrong layout', [...TARGET, '--layout', 'triple'], /per_resolution or single, not 'triple'/],
    ['an output without a bucket', [...TARGET, '--output', 'gs://'], /--output takes/],
    ['a resolution of 0', [...TARGET, '--resolutions', '0,5'], /--resolutions takes minutes/],
    ['half a minute', [...TARGET, '--resolutions', '0.5'], /--resolutions takes minutes/],
    ['two resolutions alike', [...TARGET, '--resolutions', '5,5'], /--resolutions takes minutes/],
    ['words', [...TARGET, '--resolutions', 'one'], /--resolutions takes minutes/],
    ['nothing between commas', [...TARGET, '--resolutions', '1,,5'], /--resolutions takes minutes/],
    ['an unknown flag', [...TARGET, '--resolution', '1'], /'--resolution'/],
    ['a flag without its value', ['--project'], /--project/],
    ['an argument', [...TARGET, 'more'], /more/],
  ] as const) {
    it(`are refused in one line for ${what}`, () => {
      expect(() => readTemplateOptions(args))
        .to.throw(UsageError, message)
        .with.property('message')
        .that.matches(/^[^\n]+$/);
    });
  }

  it("have Terraform's default as default machine type", () => {
    const [, variable = ''] = readFileSync(VARIABLES, 'utf8').split(
      'variable "dataflow_machine_type"',
    );
    expect(/default\s*=\s*"([^"]+)"/.exec(variable)?.[1]).to.equal(DEFAULT_MACHINE_TYPE);
  });
});
