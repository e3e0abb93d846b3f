export { registerFused } from './fused/register.js';
