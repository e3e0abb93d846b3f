import { join } from 'node:path';
import ts from 'typescript';

const settings = {
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
} as const;

const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUncheckedSideEffectImports: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
} as const;

export type Resolution = keyof typeof settings;

export const resolutions = ['bundler', 'node16', 'nodenext'] as const satisfies Resolution[];

/**
 * What the TypeScript compiler says, at its strictest, about files of a project and our declarations; nothing, where
 * all is well. Declarations of others are not ours to mend: `@webgpu/types`, which tfjs brings, contradicts `lib.dom`.
 */
export function typeErrors(folder: string, files: readonly string[], resolution: Resolution): string[] {
  const program = ts.createProgram(
    files.map((file) => join(folder, file)),
    {
      ...settings[resolution],
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      ...strictest,
      noEmit: true,
      types: [],
    },
  );
  const diagnostics = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => !isOfOthers(file?.fileName ?? ''));
  return diagnostics.map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

function isOfOthers(file: string): boolean {
  return file.includes('/node_modules/') && !file.includes('/node_modules/@tapehead/');
}

/** TypeScript to JavaScript, without looking at the types. */
export function stripTypes(code: string): string {
  return ts.transpile(code, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 });
}
