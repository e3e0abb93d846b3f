export { allocationWeighting } from './dnc/allocation.js';
export { backwardWeighting, forwardWeighting, updateLinks, updatePrecedence } from './dnc/links.js';
export { readWeighting } from './dnc/reading.js';
export { retentionVector, updateUsage } from './dnc/usage.js';
export { writeWeighting } from './dnc/writing.js';
