// The API pages: all published packages in one site, a module for each thing that can be imported. A link that leads
// nowhere, a type that cannot be imported and an export without a docstring are errors.
import { Application, Comment } from 'typedoc';
import { entries, root } from './entries.js';

const app = await Application.bootstrap({
  name: 'Tapehead',
  entryPoints: entries.map(({ source }) => source),
  tsconfig: 'tsconfig.api.json',
  out: `${root}build/api`,
  readme: 'none',
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  // `npm run types` finds those.
  skipErrorChecking: true,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: true },
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Variable', 'Function'],
});
const project = await app.convert();
if (project !== undefined) {
  for (const module of project.children ?? []) {
    const entry = entries.find(({ source }) => source === module.sources?.[0]?.fullFileName);
    if (entry === undefined) throw new Error(`${module.name} is no entry of a package`);
    module.name = entry.name;
    module.comment = new Comment([{ kind: 'text', text: entry.about }]);
  }
  // TypeDoc asks only the package of the project itself for exports and docstrings: each is that for a moment.
  for (const name of new Set(entries.map(({ packageName }) => packageName))) {
    project.packageName = name;
    app.validate(project);
  }
  await app.generateOutputs(project);
}
process.exitCode = app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
