import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'iex-cli';
import { cachedFolder } from 'iex-dataflow/src/tools/cache';
import { type Image, nodeCommands } from './image.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The version of npm that comes with Node.js 22. */
const NPM_VERSION = '10.9.9';

const SYSTEM = ['/usr/local/bin', '/usr/bin', '/bin'];

/** An instruction of a Dockerfile. */
interface Instruction {
  name: string;
  rest: string;
}

/**
 * A stage of a build: a folder that stands for its file system, with only what the Dockerfile adds.
 */
interface Stage {
  root: string;
  workdir: string;
  path: readonly string[];
  env: Record<string, string>;
  entrypoint: string;
}

/**
 * Runs a Dockerfile without Docker: on this machine's system, with the Node.js that it names and
 * this machine's Go. It supports the instructions that `dataflow/Dockerfile` uses.
 *
 * @param dockerfile path below the repository's root, which is the context; its .dockerignore lists
 *   the files that it may copy
 * @param folder receives the stages
 */
export async function buildImage(dockerfile: string, folder: string): Promise<Image> {
  const allowed = await allowedPaths(join(ROOT, `${dockerfile}.dockerignore`));
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const { name, rest } of parse(await readFile(join(ROOT, dockerfile), 'utf8'))) {
    if (name === 'FROM') {
      const [base = '', , alias = 'last'] = rest.split(' ');
      stage = await beginStage(base, stages.get(base), join(folder, alias));
      stages.set(alias, stage);
    } else if (stage) {
      await follow({ name, rest }, stage, stages, allowed, join(ROOT, dockerfile));
    }
  }
  if (!stage) throw new Error(`${dockerfile} has no stage`);
  const { root, workdir, path, env, entrypoint } = stage;
  return { boot: join(root, entrypoint), path, folder: join(root, workdir), env };
}

function parse(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    return { name, rest };
  });
}

async function beginStage(base: string, from: Stage | undefined, root: string): Promise<Stage> {
  if (from) {
    await cp(from.root, root, { recursive: true, verbatimSymlinks: true });
    return { ...from, root };
  }
  const [image = '', tag = ''] = base.split(':');
  const version = tag.split('-')[0] ?? '';
  const machine = (process.env.PATH ?? '').split(':');
  const path = image === 'node' ? [await nodeCommands(version, NPM_VERSION), ...SYSTEM] : machine;
  await mkdir(root);
  return { root, workdir: '/', path, env: {}, entrypoint: '' };
}

async function follow(
  { name, rest }: Instruction,
  stage: Stage,
  stages: ReadonlyMap<string, Stage>,
  allowed: readonly string[],
  dockerfile: string,
): Promise<void> {
  const workdir = () => join(stage.root, stage.workdir);
  switch (name) {
    case 'WORKDIR':
      stage.workdir = rest;
      await mkdir(workdir(), { recursive: true });
      return;
    case 'ENV':
      for (const [, variable = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) {
        stage.env[variable] = value;
      }
      return;
    case 'RUN':
      if (rest.startsWith('npm ci ')) await installPackages(rest, stage, dockerfile);
      else await runIn(stage.root, rest, stage);
      return;
    case 'COPY': {
      const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
      const sources = paths.split(' ');
      const target = sources.pop() ?? '';
      for (const source of sources) {
        const isAllowed = allowed.some((path) => `${source}/`.startsWith(`${path}/`));
        if (!from && !isAllowed) throw new Error(`COPY ${source}: .dockerignore leaves it out`);
        const root = from ? stages.get(from)?.root : ROOT;
        if (!root) throw new Error(`COPY: there is no stage ${from}`);
        await copy(join(root, source), posix.resolve(stage.workdir, target), stage.root, target);
      }
      return;
    }
    case 'ENTRYPOINT':
      [stage.entrypoint] = JSON.parse(rest);
      return;
    default:
      throw new Error(`${name} is not known here`);
  }
}

async function runIn(root: string, command: string, stage: Stage): Promise<void> {
  await run('sh', ['-c', command], {
    cwd: join(root, stage.workdir),
    env: { ...stage.env, PATH: stage.path.join(':') },
    name: `RUN ${command}`,
  });
}

/** As Docker does, installs packages only once for the same manifests and the same Dockerfile. */
async function installPackages(command: string, stage: Stage, dockerfile: string): Promise<void> {
  const names = await readdir(stage.root, { recursive: true });
  const manifests = names.filter((name) => name.endsWith('.json'));
  const sources = [dockerfile, ...manifests.map((name) => join(stage.root, name))];
  const name = 'image-packages';
  const packages = await cachedFolder(name, sources, async (target) => {
    await run('cp', ['-a', `${stage.root}/.`, target]);
    await runIn(target, command, stage);
  });
  // Links, because nothing changes the 18,000 files; copies if the folders are on different disks.
  const copyAll = 'cp -alf "$0/." "$1" || cp -a "$0/." "$1"';
  await run('sh', ['-c', copyAll, packages, stage.root]);
  // Each takes 300 MB.
  for (const other of await readdir(dirname(packages))) {
    if (!other.startsWith(name) || other === basename(packages)) continue;
    await rm(join(dirname(packages), other), { recursive: true });
  }
}

/** Copies a folder's content, or a file; into a folder if the target ends with a slash. */
async function copy(source: string, path: string, root: string, target: string): Promise<void> {
  const isFile = (await stat(source)).isFile();
  const isInto = isFile && (target.endsWith('/') || target === '.');
  const destination = join(root, path, isInto ? basename(source) : '');
  await mkdir(dirname(destination), { recursive: true });
  await cp(source, destination, { recursive: true, verbatimSymlinks: true });
}

/** The exceptions in a .dockerignore that excludes everything else. */
async function allowedPaths(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}
