export { bytesOf } from './colormap.js';
export { usedLocations } from './locations.js';
export { drawMemoryUse, type MemoryUse } from './memoryUse.js';
export type { Series } from './series.js';
