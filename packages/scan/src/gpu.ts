export { registerOnGpu } from './gpu/register.js';
