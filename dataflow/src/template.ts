#!/usr/bin/env node
/** The command that writes the Dataflow templates: `npm run template`. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELP, readOptions, type TemplateOptions, UsageError } from './runners/dataflow/options';
import { prepareTemplates } from './runners/dataflow/prepare-templates';
import { arePublished, publish } from './runners/dataflow/publish';
import { ToolError } from './tools/tool-error';

/** Progress goes to standard error, because the result is on standard output. */
const report = (line: string) => console.error(line);

async function main({ folder, ...settings }: TemplateOptions): Promise<void> {
  const scratch = await temporaryFolder();
  const { version, locations, write } = await prepareTemplates(settings, scratch, report);
  const { project } = settings;
  if (folder) {
    await write(folder);
    report(`templates: in ${folder}`);
  } else if (await arePublished(project, locations)) {
    report('templates: unchanged');
  } else {
    const files = join(scratch, 'files');
    await write(files);
    await publish(project, files, locations, report);
  }
  console.log(JSON.stringify({ version, templates: locations }));
}

/** Removed when the process exits. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'iex-template-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function runCommand(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options) await main(options);
    else console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof ToolError || error instanceof UsageError)) throw error;
    console.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The processes that were started end when this one exits.
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
// The SDK logs each of its steps there.
console.debug = () => undefined;
void runCommand().then((exitCode) => {
  // Not process.exitCode: the SDK leaves connections to the expansion service open, and they keep
  // the process alive.
  process.exit(exitCode);
});
