import { execFileSync } from 'node:child_process';

/**
 * `$PYTHON`, or the first Python that has every module that a program imports; `undefined` where there is none.
 * @param folder where the program will run; modules may be files in it
 */
export function findPython(code: string, folder: string): string | undefined {
  const modules = modulesOf(code);
  const candidates =
    process.env.PYTHON === undefined ? ['python3', '/usr/bin/python3'] : [process.env.PYTHON];
  return candidates.find((python) => succeeds(python, ['-c', `import ${modules.join(', ')}`], folder));
}

/** The modules that a program imports. */
export function modulesOf(code: string): string[] {
  return [...code.matchAll(/^(?:import|from) ([\w.]+)/gm)].flatMap(([, name]) => name ?? []);
}

function succeeds(program: string, args: string[], cwd: string): boolean {
  try {
    execFileSync(program, args, { cwd, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
