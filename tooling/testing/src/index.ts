export { backends, onEachBackend } from './backends.js';
export { expectClose, relativeError } from './close.js';
export { expectNoLeak } from './leaks.js';
