import { execFileSync, spawnSync } from 'node:child_process';

/** A container that Docker runs or has run. */
export interface DockerContainer {
  image: string;
  /** What it has printed. */
  log: string;
}

/** All containers that Docker has started from an image, with what they printed. */
export function dockerContainers(image: string): DockerContainer[] {
  const args = ['ps', '--all', '--quiet', '--filter', `ancestor=${image}`];
  const ids = execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
  return ids.map((id) => {
    const { stdout, stderr } = spawnSync('docker', ['logs', id], { encoding: 'utf8' });
    return { image, log: stdout + stderr };
  });
}
