/** The command that builds the jar with Java's transforms: `npm run build:expansion-service`. */
import { ToolError } from '../../tools/tool-error';
import { expansionServiceJar } from './expansion-service';

expansionServiceJar().then(
  (jar) => console.log(jar),
  (error) => {
    if (!(error instanceof ToolError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  },
);
