import { throughputChart } from './throughput.ts';

export const memoryThroughput = throughputChart({
  name: 'memory_throughput',
  column: 'memory_throughput_gb_s',
  question: 'How much memory bandwidth does decoding use?',
  what: 'weights and KV cache',
});
