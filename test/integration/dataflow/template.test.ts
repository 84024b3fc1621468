// First, because it patches what is imported next.
import 'iex-dataflow';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArtifactUrlPayload, Pipeline } from 'apache-beam/proto/beam_runner_api';
import { SlidingWindowsPayload } from 'apache-beam/proto/standard_window_fns';
import { expect } from 'chai';
import { cachedFolder } from 'iex-dataflow/src/tools/cache';
import { fileOf, generatedLayouts, TARGET } from 'iex-test/support/beam/templates';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { childrenOf, isRunning } from 'iex-test/support/processes';
import { skipSuite } from 'iex-test/support/skip';
import { StorageEmulator } from 'iex-test/support/storage-emulator';
import { COMMAND, template } from 'iex-test/support/template-command';
import { untilTrue } from 'iex-test/support/until';

const PLAIN = new URL('../../fixtures/dataflow/plain_template.py', import.meta.url);
const REQUIREMENTS = new URL('../../../dataflow/template-writer/requirements.txt', import.meta.url);

interface Template {
  name: string;
  type: string;
  environment: {
    experiments: string[];
    tempStoragePrefix: string;
    serviceAccountEmail: string;
    workerPools: {
      machineType: string;
      packages: { name: string; location: string }[];
      sdkHarnessContainerImages: { containerImage: string }[];
    }[];
    sdkPipelineOptions: { options: Record<string, unknown> & { pipelineUrl: string } };
  };
}

describe('a Dataflow template', () => {
  const folder = temporaryFolder();
  let three: string;
  let single: string;
  let result: { version: string; templates: string[] };

  before(async function () {
    const missing = missingTools('java', 'mvn', 'python3');
    if (missing) skipSuite(this, missing);
    // The first time, it builds the jar and installs Beam.
    this.timeout(600_000);
    const layouts = await generatedLayouts();
    three = layouts.perResolution.folder;
    single = layouts.single.folder;
    result = layouts.perResolution.result;
  });

  /** A template of any version. */
  const read = (name: string, output = three): Template => {
    const versions = join(output, 'test-bucket/dataflow/templates');
    const [version = '', ...others] = readdirSync(versions);
    expect(others).to.deep.equal([]);
    return JSON.parse(readFileSync(join(versions, version, name), 'utf8'));
  };

  const pipelineOf = ({ environment }: Template, output = three) =>
    Pipeline.fromBinary(
      readFileSync(fileOf(environment.sdkPipelineOptions.options.pipelineUrl, output)),
    );

  it('is written for each resolution, in the folder of its version', () => {
    expect(result.version).to.match(/^[0-9a-f]{16}$/);
    expect(result.templates).to.deep.equal(
      [1, 5, 15].map(
        (n) => `gs://test-bucket/dataflow/templates/${result.version}/iex-aggregate-${n}`,
      ),
    );
    for (const minutes of [1, 5, 15]) {
      expect(read(`iex-aggregate-${minutes}`).name).to.equal(`iex-aggregate-${minutes}`);
    }
  });

  it("has the structure of the templates that Beam's Python SDK writes", async function () {
    this.timeout(180_000);
    const output = join(folder, 'plain');
    const python = await cachedFolder('python', fileURLToPath(REQUIREMENTS), () => {
      throw new Error('installed for the templates');
    });
    execFileSync(join(python, 'bin/python'), [fileURLToPath(PLAIN), output], { stdio: 'pipe' });
    const plain = JSON.parse(readFileSync(join(output, 'test-bucket/plain'), 'utf8'));
    const ours = keysOf(read('iex-aggregate-1'));
    const theirs = keysOf(plain);
    const options = '.environment.sdkPipelineOptions.options';
    expect([...ours].filter((key) => !theirs.has(key))).to.have.members([
      // The modules that a TypeScript worker loads.
      `${options}.registered_node_modules`,
      // Options that Terraform reads back.
      `${options}.templateLocation`,
      `${options}.tempLocation`,
      `${options}.machineType`,
      `${options}.serviceAccountEmail`,
      // Options that Terraform sets at each launch.
      `${options}.machine_type`,
      `${options}.service_account_email`,
      '.environment.serviceAccountEmail',
      '.environment.workerPools[].machineType',
    ]);
    expect([...theirs].filter((key) => !ours.has(key))).to.deep.equal([
      // The image of the one environment that a pipeline in one language has; ours has two, each
      // with its image.
      '.environment.workerPools[].workerHarnessContainerImage',
    ]);
  });

  it('is a streaming job on Runner v2 and Streaming Engine', () => {
    const { type, environment } = read('iex-aggregate-5');
    expect(type).to.equal('JOB_TYPE_STREAMING');
    expect(environment.experiments).to.include.members([
      'use_runner_v2',
      'use_unified_worker',
      'use_portable_job_submission',
      'use_sibling_sdk_workers',
      'enable_streaming_engine',
      'enable_windmill_service',
    ]);
    expect(environment.sdkPipelineOptions.options).to.include({
      streaming: true,
      enable_streaming_engine: true,
      project: 'test-project',
      region: 'europe-west2',
    });
  });

  it('lists its experiments in the same order each time', () => {
    const lists = [read('iex-aggregate-1'), read('iex-aggregate', single)].map(
      ({ environment }) => [
        environment.experiments,
        environment.sdkPipelineOptions.options.experiments,
      ],
    );
    expect(lists[0]).to.deep.equal(lists[1]);
  });

  it('has the options that Terraform reads back, in camel case, as well as those of Beam', () => {
    for (const minutes of [1, 5, 15]) {
      const location = result.templates.find((each) => each.endsWith(`iex-aggregate-${minutes}`));
      const { environment } = read(`iex-aggregate-${minutes}`);
      // As in infrastructure/dataflow.tf; for an option that it does not find, Terraform would
      // update the job.
      expect(environment.sdkPipelineOptions.options).to.include({
        templateLocation: location,
        template_location: location,
        tempLocation: 'gs://test-bucket/dataflow/temp',
        temp_location: 'gs://test-bucket/dataflow/temp',
        machineType: 'e2-standard-2',
        machine_type: 'e2-standard-2',
        serviceAccountEmail: 'iex-dataflow@test-project.iam.gserviceaccount.com',
        service_account_email: 'iex-dataflow@test-project.iam.gserviceaccount.com',
      });
      expect(environment.serviceAccountEmail).to.equal(
        'iex-dataflow@test-project.iam.gserviceaccount.com',
      );
      expect(environment.workerPools.map(({ machineType }) => machineType)).to.deep.equal([
        'e2-standard-2',
      ]);
    }
  });

  const imagesOf = ({ environment }: Template) =>
    environment.workerPools.flatMap((pool) =>
      pool.sdkHarnessContainerImages.map(({ containerImage }) => containerImage),
    );

  it("runs its steps in the SDK's image and Java's transforms in Java's", () => {
    const [typescript, java, ...others] = imagesOf(read('iex-aggregate-1')).sort();
    expect(others).to.deep.equal([]);
    expect(typescript).to.equal('docker.io/apache/beam_typescript_sdk:2.49.0');
    expect(java).to.match(/^gcr\.io\/cloud-dataflow\/v1beta3\/beam_java\d+_sdk:2\.\d+\.\d+$/);
  });

  it('runs its steps in the given image, which has the packages', () => {
    const job = read('iex-aggregate', single);
    expect(imagesOf(job)).to.include('my/image:1').and.have.lengthOf(2);
    expect(job.environment.workerPools[0]?.packages.map(({ name }) => name).join()).to.match(
      /^[^,]+\.jar$/,
    );
  });

  for (const [how, count, jobs] of [
    ['written', 3, ['iex-aggregate-1', 'iex-aggregate-5', 'iex-aggregate-15']],
    ['uploaded', 2, ['iex-aggregate']],
  ] as const) {
    it(`has the files that it names, and no others, if it is ${how}`, () => {
      const output = how === 'written' ? three : single;
      const staged = new Set<string>();
      for (const name of jobs) {
        const job = read(name, output);
        const named = [
          job.environment.sdkPipelineOptions.options.pipelineUrl,
          ...job.environment.workerPools.flatMap((pool) =>
            pool.packages.map(({ location }) => location),
          ),
        ];
        expect(named).to.have.lengthOf(count);
        for (const location of named) staged.add(fileOf(location, output));
      }
      const files = readdirSync(join(output, 'test-bucket/dataflow/staging'));
      expect([...staged].map((file) => basename(file)).sort()).to.deep.equal(files.sort());
    });

    it(`gives workers the checksum of each staged file if it is ${how}`, () => {
      const output = how === 'written' ? three : single;
      const { environments = {} } = pipelineOf(read(jobs[0], output), output).components ?? {};
      const dependencies = Object.values(environments).flatMap(({ dependencies }) => dependencies);
      expect(dependencies).to.have.lengthOf(count - 1);
      for (const { typePayload } of dependencies) {
        const { url, sha256 } = ArtifactUrlPayload.fromBinary(typePayload);
        const content = readFileSync(fileOf(url, output));
        expect(sha256, url).to.equal(createHash('sha256').update(content).digest('hex'));
      }
    });
  }

  it('makes workers load modules that the staged package has', () => {
    const { environment } = read('iex-aggregate-1');
    const modules = environment.sdkPipelineOptions.options.registered_node_modules as string[];
    const ours = modules.filter((name) => name.startsWith('iex-dataflow/'));
    expect(ours.sort()).to.deep.equal(
      ['pipeline/steps', 'sdk/row-coder', 'sdk/worker'].map((name) => `iex-dataflow/dist/${name}`),
    );
    const location = environment.workerPools[0]?.packages.find(({ name }) =>
      name.startsWith('iex-dataflow'),
    )?.location;
    const content = execFileSync('tar', ['-tzf', fileOf(location ?? '', three)]).toString();
    for (const name of ours)
      expect(content).to.include(`${name.replace('iex-dataflow', 'package/app/dataflow')}.js\n`);
  });

  const windowsOf = (pipeline: Pipeline) =>
    Object.values(pipeline.components?.windowingStrategies ?? {})
      .filter(({ windowFn }) => windowFn?.urn === 'beam:window_fn:sliding_windows:v1')
      .map(({ windowFn }) => {
        const payload = SlidingWindowsPayload.fromBinary(windowFn?.payload ?? new Uint8Array());
        return [payload.size, payload.period, payload.offset].map((part) => Number(part?.seconds));
      });

  const specOf = (pipeline: Pipeline, urn: string) =>
    Object.values(pipeline.components?.transforms ?? {})
      .filter(({ spec }) => spec?.urn === urn)
      .map((transform) => ({
        name: transform.uniqueName,
        bytes: [transform.spec?.payload, ...Object.values(transform.annotations)]
          .map((part) => Buffer.from(part ?? '').toString('latin1'))
          .join(),
      }));

  for (const minutes of [1, 5, 15]) {
    it(`has the windows, the subscription and the tables of ${minutes} min`, () => {
      const pipeline = pipelineOf(read(`iex-aggregate-${minutes}`));
      expect(windowsOf(pipeline)).to.deep.equal([[60 * minutes, 10, 5]]);
      const [source, ...others] = specOf(pipeline, 'beam:transform:pubsub_read:v1');
      expect(others).to.deep.equal([]);
      expect(source?.bytes).to.match(
        new RegExp(`/subscriptions/test-project/iex-aggregate-${minutes}\\W`),
      );
      expect(source?.bytes).to.include('quote_id');
      const sinks = specOf(pipeline, 'beam:transform:org.apache.beam:bigquery_write:v1');
      expect(sinks.map(({ name }) => name.split('/')[0]).sort()).to.deep.equal([
        'Write to dead_letter',
        'Write to quote',
      ]);
      for (const { name, bytes } of sinks) {
        const table = name.includes('dead_letter') ? 'dead_letter' : 'quote';
        // As a string in Java's serialization, after its length.
        const id = `test-project:iex.${table}`;
        expect(bytes).to.include(`\0${String.fromCharCode(id.length)}${id}`);
        expect(bytes).to.include('CREATE_NEVER');
      }
    });
  }

  it('has a branch for each resolution in the single layout', () => {
    const pipeline = pipelineOf(read('iex-aggregate', single), single);
    expect(windowsOf(pipeline).sort()).to.deep.equal([
      [300, 10, 5],
      [60, 10, 5],
      [900, 10, 5],
    ]);
    const [source] = specOf(pipeline, 'beam:transform:pubsub_read:v1');
    expect(source?.bytes).to.match(/\/subscriptions\/test-project\/iex-aggregate\W/);
    expect(specOf(pipeline, 'beam:transform:org.apache.beam:bigquery_write:v1')).to.have.lengthOf(
      2,
    );
  });

  it("gives steps readable names on the job's page", () => {
    const { components, rootTransformIds = [] } = pipelineOf(read('iex-aggregate-5'));
    const names = rootTransformIds.map((id) => components?.transforms[id]?.uniqueName);
    expect(names).to.include.members([
      'Read messages',
      'Split off dead letters',
      'Take event times',
      '5 min windows',
      'Write to quote',
      'Refuse rows',
      'Write to dead_letter',
    ]);
    expect(names.filter((name) => name?.startsWith('map('))).to.deep.equal([]);
  });

  it('leaves no process and no files when it is interrupted', async () => {
    const scratch = join(folder, 'interrupted');
    mkdirSync(scratch);
    const args = [COMMAND, ...TARGET, '--output', join(scratch, 'output')];
    const command = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: scratch } });
    // The jar's service takes longest to end by itself.
    await untilTrue(() => childrenOf(command.pid).some(({ args }) => args.includes('-jar')));
    const children = childrenOf(command.pid);
    command.kill('SIGTERM');
    const [code] = await once(command, 'exit');
    expect(code).to.equal(143);
    await untilTrue(() => children.every(({ pid }) => !isRunning(pid)));
    expect(readdirSync(scratch).filter((name) => name.startsWith('iex-template-'))).to.deep.equal(
      [],
    );
  });

  describe('in Cloud Storage', () => {
    let emulator: StorageEmulator;

    before(async () => {
      emulator = await StorageEmulator.start();
    });

    after(() => emulator?.close());

    const upload = () => template(TARGET, { STORAGE_EMULATOR_HOST: emulator.url });

    it('says so if there is no bucket', async () => {
      const { code, stderr } = await upload();
      expect(code).to.equal(1);
      expect(stderr).to.match(/^test-project has no bucket gs:\/\/test-bucket: run bootstrap.*\n$/);
    });

    it('is not uploaded again if it exists, made from the same parts', async () => {
      const bucket = 'test-bucket';
      emulator.add({ name: bucket, project: 'test-project', location: 'EUROPE-WEST2' });
      for (const location of result.templates) {
        const name = location.slice(`gs://${bucket}/`.length);
        const object = { bucket, name, fields: {}, ifGenerationMatch: null };
        emulator.objects.put(object, readFileSync(fileOf(location, three)));
      }
      const { code, stdout, stderr } = await upload();
      expect(code, stderr).to.equal(0);
      expect(stderr).to.include('unchanged');
      expect(JSON.parse(stdout)).to.deep.equal(result);
      expect(emulator.changes).to.deep.equal([]);
    }).timeout(180_000);
  });
});

/** The paths of all keys in a value, those of array elements together. */
function keysOf(value: unknown, path = ''): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((each) => [...keysOf(each, `${path}[]`)]));
  if (typeof value !== 'object' || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, inner]) => [
      `${path}.${key}`,
      ...keysOf(inner, `${path}.${key}`),
    ]),
  );
}
