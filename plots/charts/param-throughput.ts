import { throughputChart } from './throughput.ts';

export const paramThroughput = throughputChart({
  name: 'param_throughput',
  column: 'param_throughput_gb_s',
  question: 'How many bytes of weights does decoding read per second?',
  what: 'weight bytes',
});
