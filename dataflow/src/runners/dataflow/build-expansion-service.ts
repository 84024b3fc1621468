/** The command that builds the jar with Java's transforms: `npm run build:expansion-service`. */
import { runCommand } from 'iex-cli';
import { expansionServiceJar } from './expansion-service';

void runCommand(async () => {
  console.log(await expansionServiceJar());
  return 0;
});
