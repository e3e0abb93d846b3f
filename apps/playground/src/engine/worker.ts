import { expose } from 'comlink';
import { createLab } from './lab.js';

expose(createLab());
