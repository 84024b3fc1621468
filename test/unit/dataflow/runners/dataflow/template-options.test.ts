import { expect } from 'chai';
import { templateOptions } from 'iex-dataflow/src/runners/dataflow/template-options';

describe('the options of a template', () => {
  const options = templateOptions(
    {
      job: { name: 'iex-aggregate-5', resolutions: [5] },
      version: '0123456789abcdef',
      location: 'gs://code/dataflow/templates/0123456789abcdef/iex-aggregate-5',
    },
    {
      project: 'my-project',
      region: 'europe-west2',
      base: 'gs://code/dataflow',
      layout: 'per_resolution',
      resolutions: [5],
      machineType: 'n2-standard-4',
    },
  );

  it('are under the names that Terraform reads as well as under those of Beam', () => {
    const location = 'gs://code/dataflow/templates/0123456789abcdef/iex-aggregate-5';
    const account = 'iex-dataflow@my-project.iam.gserviceaccount.com';
    expect(options).to.include({
      template_location: location,
      templateLocation: location,
      temp_location: 'gs://code/dataflow/temp',
      tempLocation: 'gs://code/dataflow/temp',
      machine_type: 'n2-standard-4',
      machineType: 'n2-standard-4',
      service_account_email: account,
      serviceAccountEmail: account,
    });
  });

  it('let all processes of a machine share a container', () => {
    expect(options.experiments).to.deep.equal(['use_sibling_sdk_workers']);
  });
});
