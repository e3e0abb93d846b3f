export { leastUsedWeighting } from './mann/leastUsed.js';
export { updateUsage } from './mann/usage.js';
export { writeWeighting } from './mann/writing.js';
