import { writeCostDocument } from '../lib/cost/cost-document.ts';
import { estimateCost } from '../lib/cost/estimate-cost.ts';
import { formatEstimate } from '../lib/cost/format-estimate.ts';
import { parseArguments } from '../lib/cost/parse-arguments.ts';
import { synthesizeResources } from '../lib/cost/synthesize-resources.ts';

try {
  const { config, bookings, write } = parseArguments(process.argv.slice(2));
  if (write) writeCostDocument();
  else {
    const estimate = estimateCost(synthesizeResources(config), bookings);
    console.log(formatEstimate({ stage: config.stage, size: config.size, bookings, estimate }));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
