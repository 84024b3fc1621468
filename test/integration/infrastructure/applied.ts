import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedFolder } from 'iex-test/support/shared-folder';
import { startProvider } from './provider.js';
import { CASES, settingsOf } from './specification/settings.js';
import {
  type AttributeSchema,
  type BlockSchema,
  copyInitialized,
  initializedConfiguration,
  type Resource,
  readTestResult,
  runTests,
  type TestResult,
  type TestRun,
} from './terraform.js';

/** An object of attributes and blocks, by their names. */
export type Attributes = Record<string, unknown>;

/** The result of one case of `CASES`. */
export interface AppliedSystem {
  /** The attributes that the configuration sets, by the address of the resource. */
  configured: Record<string, Attributes>;
  resources: Resource[];
  outputs: Record<string, unknown>;
}

/**
 * Applies the configuration with mocked responses of Google, once for each case and once for all
 * suites that use it.
 *
 * @returns a function that gives a case's system, to be called in tests; it throws if the case
 *   could not be applied
 */
export function appliedSystems(): (name: string) => AppliedSystem {
  const names = Object.keys(CASES);
  const systems = new Map<string, AppliedSystem>();
  let result: TestResult;
  before(async function () {
    const initialized = await initializedConfiguration(this);
    const folder = await sharedFolder('applied', async (copy) => {
      copyInitialized(initialized, copy);
      // A file for each case: the runs of one file share a state.
      for (const [i, name] of names.entries()) {
        writeFileSync(join(copy, 'tests', fileOf(i)), JSON.stringify(testFile(name)));
      }
      const stopProvider = await startProvider(copy);
      // At the same time, because the suites of all processes wait for this.
      const outputs = await Promise.all(
        names.map((_, i) => runTests(copy, '-verbose', `-filter=tests/${fileOf(i)}`)),
      ).finally(stopProvider);
      writeFileSync(join(copy, OUTPUT), outputs.join('\n'));
    });
    result = readTestResult(readFileSync(join(folder, OUTPUT), 'utf8'));
  });
  return (name) => {
    const system = systems.get(name) ?? systemOf(passedRun(result, fileOf(names.indexOf(name))));
    systems.set(name, system);
    return system;
  };
}

function passedRun({ runs, problems }: TestResult, file: string): TestRun {
  const run = runs.get(`${file} applied`);
  if (run?.status === 'pass') return run;
  throw new Error([file, ...problems, ...(run?.problems ?? [])].join('\n'));
}

/** The file that Terraform's output is written to. */
const OUTPUT = 'output.jsonl';

const fileOf = (caseIndex: number) => `specification-${caseIndex}.tftest.json`;

/** A test file in Terraform's JSON syntax. */
function testFile(name: string) {
  const { code_bucket, region } = settingsOf(name);
  const bucket = {
    location: region.toUpperCase(),
    name: code_bucket,
    public_access_prevention: 'enforced',
    uniform_bucket_level_access: true,
  };
  const changed = Object.entries(CASES[name]!);
  return {
    mock_provider: { google: { source: './tests/mocks' } },
    override_data: [{ target: 'data.google_storage_bucket.code', values: bucket }],
    run: { applied: changed.length > 0 ? { variables: CASES[name] } : {} },
  };
}

function systemOf({ resources, outputs, schemas }: TestRun): AppliedSystem {
  const managed = resources.filter(({ mode }) => mode === 'managed');
  const configured = Object.fromEntries(
    managed.map(({ address, type, values }) => [
      address,
      configuredOf(values, schemas[type] ?? {}),
    ]),
  );
  return { configured, resources, outputs };
}

/**
 * The values that the configuration sets in a block, without those that it does not set: null,
 * values that Google computes, and values that a mock generates. A single block is returned as an
 * object; text that is JSON is returned parsed.
 */
function configuredOf(values: Attributes, schema: BlockSchema): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(values)) {
    const block = schema.block_types?.[name];
    if (block) {
      const list = Array.isArray(value) ? value : value == null ? [] : [value];
      const blocks = list.map((item) => configuredOf(item, block.block));
      if (blocks.length > 0) attributes[name] = blocks.length === 1 ? blocks[0] : blocks;
    } else if (isConfigured(name, value, schema.attributes?.[name] ?? {})) {
      attributes[name] = typeof value === 'string' && /^[[{]/.test(value) ? parsed(value) : value;
    }
  }
  return attributes;
}

function isConfigured(name: string, value: unknown, attribute: AttributeSchema): boolean {
  if (value === null || (typeof value === 'object' && Object.keys(value).length === 0))
    return false;
  if (!attribute.computed) return true;
  // https://developer.hashicorp.com/terraform/language/tests/mocking says what mocks make up.
  const madeUp = value === 0 || value === false || /^[a-z0-9]{8}$/.test(String(value));
  return attribute.optional === true && name !== 'id' && !madeUp;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
