#!/usr/bin/env node
/** The command that writes the Dataflow templates: `npm run template`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError, runCommand } from 'iex-cli';
import { createFolder } from 'iex-cli/create-folder';
import { findBucket } from './buckets.js';
import { openStorage } from './google.js';
import { listenForInterruption } from './interruption.js';
import { HELP, readTemplateOptions, type TemplateOptions } from './template-options.js';
import { loadTemplateBuilder, uploadTemplates } from './templates.js';
import { untilAborted } from './together.js';

/** Progress goes to standard error, because the result is on standard output. */
const report = (what: string) => console.error(what);

async function writeTemplates(options: TemplateOptions, scratch: string): Promise<void> {
  if (options.folder) {
    const { prepareTemplates } = await loadTemplateBuilder();
    const { version, locations, write } = await prepareTemplates(options, scratch, report);
    createFolder(options.folder);
    await write(options.folder);
    report(`templates: in ${options.folder}`);
    console.log(JSON.stringify({ version, templates: locations }));
    return;
  }
  const storage = await openStorage(options.project);
  const [, bucket = ''] = /^gs:\/\/([^/]+)/.exec(options.base) ?? [];
  // Before the parts are built, which takes minutes the first time.
  if (!(await findBucket(storage, bucket))) {
    throw new OperationalError(
      `${options.project} has no bucket gs://${bucket}: run bootstrap/bootstrap.mjs`,
    );
  }
  const target = { storage, settings: options, scratch };
  const { version, locations, isNew } = await uploadTemplates(target, report);
  if (!isNew) report('templates: unchanged');
  console.log(JSON.stringify({ version, templates: locations }));
}

async function main(): Promise<undefined> {
  const options = readTemplateOptions(process.argv.slice(2));
  if (!options) {
    console.log(HELP);
    return;
  }
  const ignore = () => undefined;
  const signal = listenForInterruption(ignore, ignore);
  const scratch = mkdtempSync(join(tmpdir(), 'iex-template-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  // The programs that it runs are killed when this process exits.
  await untilAborted(signal, writeTemplates(options, scratch));
}

await runCommand(main, { help: 'npm run template -- --help' });
// The SDK leaves connections to the expansion service open, which would keep the process running.
process.exit();
