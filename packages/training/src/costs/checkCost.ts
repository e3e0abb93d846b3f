import {
  checkAbove,
  checkFinite,
  checkFunction,
  checkOneOf,
  checkOptions,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import { checkTargets } from '@tapehead/tasks';
import { builtInCost } from './builtIn.js';
import type { Cost } from './cost.js';

const members = [
  'name',
  'unit',
  'takes',
  'targets',
  'fits',
  'over',
  'solvedBelow',
  'perUnit',
  'of',
  'scaled',
];

/** @throws TapeheadError `argument` or `range`, by name, unless it is a cost */
export function checkCost(cost: Cost): void {
  if (typeof cost !== 'object' || cost === null) {
    refuse(
      'cost: expected one such as sigmoidCrossEntropy, softmaxCrossEntropy, meanSquaredError or ' +
        `customCost({ name, unit, of }), got ${textOf(cost)}`,
    );
  }
  if (cost === builtInCost(cost.name)) return;
  checkOptions('cost', cost, members);
  checkText('cost.name', cost.name);
  if (builtInCost(cost.name) !== undefined) {
    refuse(`cost.name: expected a name of its own, got that of the built-in cost ${textOf(cost.name)}`);
  }
  checkText('cost.unit', cost.unit);
  checkFunction('cost.of', cost.of);
  checkOneOf('cost.takes', cost.takes, ['logits', 'output']);
  checkTargets('cost.targets', cost.targets);
  checkOneOf('cost.over', cost.over, ['sequences', 'steps', 'numbers']);
  if (cost.fits !== undefined) checkTexts('cost.fits', cost.fits);
  if (cost.solvedBelow !== undefined) checkFinite('cost.solvedBelow', cost.solvedBelow);
  if (cost.perUnit !== undefined) checkAbove('cost.perUnit', cost.perUnit, 0);
  if (cost.scaled !== undefined) checkFunction('cost.scaled', cost.scaled);
}

function checkText(name: string, text: unknown): void {
  if (typeof text === 'string' && text !== '') return;
  refuse(`${name}: expected a text, got ${textOf(text)}`);
}

function checkTexts(name: string, texts: unknown): void {
  if (Array.isArray(texts) && texts.every((each) => typeof each === 'string')) return;
  refuse(`${name}: expected a list of output activations, got ${textOf(texts)}`);
}

function refuse(message: string): never {
  throw new TapeheadError('argument', message);
}
