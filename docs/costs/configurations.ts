import { type Layout, layouts } from './load.js';
import { number } from './markdown.js';
import { type Mode, modes } from './model.js';

/** The systems whose costs the tables compare. */

/** The numbers of symbols that are compared. */
export const SIZES = [10, 100, 10_000];

/** How the modes are named. */
export const MODES: Record<Mode, string> = {
  always: 'always on',
  marketHours: 'quotes in market hours',
  marketHoursDrained: 'also jobs drained outside',
};

export const modeNames = Object.keys(modes) as Mode[];
const layoutNames = Object.keys(layouts) as Layout[];

/** Above this, an instance with a fraction of a vCPU may not send its requests in time. */
export const MOST_SYMBOLS_ON_A_FRACTION = 100;

/** A system that is compared with others. */
export interface Configuration {
  symbols: number;
  layout: Layout;
  functionVcpus?: number;
}

/** Without workers the functions cost most, so they get a fraction of a vCPU if that is enough. */
export const CONFIGURATIONS: Configuration[] = SIZES.flatMap((symbols) =>
  layoutNames.map((layout) =>
    layout === 'bigquery' && symbols <= MOST_SYMBOLS_ON_A_FRACTION
      ? { symbols, layout, functionVcpus: 0.167 }
      : { symbols, layout },
  ),
);

/** The settings of a configuration. */
export const settings = ({ layout, functionVcpus }: Configuration) =>
  layout === 'bigquery'
    ? `\`bigquery\`${functionVcpus ? `, \`function_cpu = ${functionVcpus}\`` : ''}`
    : `\`dataflow\`, \`${layout}\``;

/** The head of a configuration's column. */
export const heading = ({ symbols, layout }: Configuration) => `${number(symbols)} \`${layout}\``;
