import { expect } from 'chai';
import { templatesVersion } from 'iex-dataflow/src/runners/dataflow/prepare-templates';
import type { TemplateSettings } from 'iex-dataflow/template';

describe('the version of templates', () => {
  const settings: TemplateSettings = {
    project: 'my-project',
    region: 'europe-west2',
    base: 'gs://code/dataflow',
    layout: 'per_resolution',
    resolutions: [1, 5],
    machineType: 'e2-standard-2',
  };
  const others: { [Key in keyof TemplateSettings]-?: TemplateSettings[Key] } = {
    project: 'other-project',
    region: 'europe-west1',
    base: 'gs://other/dataflow',
    layout: 'single',
    resolutions: [1],
    machineType: 'e2-standard-4',
    workerImage: 'my/image:1',
  };

  it('stays the same for the same parts and settings', () => {
    const version = templatesVersion('parts', settings);
    expect(version).to.match(/^[0-9a-f]{16}$/);
    expect(templatesVersion('parts', { ...settings })).to.equal(version);
  });

  it('changes with the parts, and with each setting', () => {
    const versions = [
      templatesVersion('parts', settings),
      templatesVersion('other parts', settings),
      ...Object.entries(others).map(([key, value]) =>
        templatesVersion('parts', { ...settings, [key]: value }),
      ),
    ];
    expect(new Set(versions)).to.have.lengthOf(2 + Object.keys(others).length);
  });
});
