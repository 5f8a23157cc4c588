/** How the page's modules are found in a browser: what Salesforce would give is put in their place. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'rollup';
import { DEPLOYED_DIR, LABELS_FILE, ROOT, bundleNames } from './component-files.ts';
import { readLabels } from './labels.ts';

export const PAGE_DIR = join(ROOT, 'lwc/preview/page');
const require = createRequire(import.meta.url);

export function packageDir(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

interface NamedModule {
  name: string;
  path: string;
}

/** What a browser has not, or has otherwise. */
const REPLACED: readonly NamedModule[] = [
  { name: 'c/bridgePlace', path: join(PAGE_DIR, 'replaced/bridgePlace.ts') },
  { name: 'lightning/platformShowToastEvent', path: join(PAGE_DIR, 'replaced/platformShowToastEvent.ts') },
];

/** Bundles of sfdx have no folder for their namespace, so each is named one by one. */
export function componentModules(): NamedModule[] {
  const own = bundleNames(DEPLOYED_DIR).map((name) => {
    const script = join(DEPLOYED_DIR, name, `${name}.js`);
    return { name: `c/${name}`, path: existsSync(script) ? script : join(DEPLOYED_DIR, name, `${name}.css`) };
  });
  return [...REPLACED, ...own.filter(({ name }) => !REPLACED.some((other) => other.name === name))];
}

const APEX = '@salesforce/apex/';
const LABEL = '@salesforce/label/c.';

/** A browser knows its own language and zone, and the bridge key alone decides what one may do. */
const FIXED: Readonly<Record<string, string>> = {
  // What navigator.language says need not be a language tag: en-US@posix, where the system has no language set.
  '@salesforce/i18n/locale': 'Intl.DateTimeFormat().resolvedOptions().locale',
  '@salesforce/i18n/timeZone': 'Intl.DateTimeFormat().resolvedOptions().timeZone',
  '@salesforce/customPermission/PureCloud_Bridge_Administer': 'true',
  '@salesforce/customPermission/PureCloud_Bridge_Operate': 'true',
};

/** Apex methods become calls of the bridge, labels their text. */
export function salesforceModules(): Plugin {
  const labels = readLabels(readFileSync(LABELS_FILE, 'utf8'));
  return {
    name: 'salesforce-modules',
    resolveId: (id) => (id.startsWith(APEX) || id.startsWith(LABEL) || id in FIXED ? `\0${id}` : null),
    load(id) {
      const fixed = FIXED[id.slice(1)];
      if (id.startsWith('\0') && fixed !== undefined) return `export default ${fixed};`;
      if (id.startsWith(`\0${APEX}`)) {
        const adapter = JSON.stringify(join(PAGE_DIR, 'apex-adapter.ts'));
        return `import { apexMethod } from ${adapter}; export default apexMethod(${JSON.stringify(id.slice(APEX.length + 1))});`;
      }
      if (!id.startsWith(`\0${LABEL}`)) return null;
      const text = labels.get(id.slice(LABEL.length + 1));
      if (text === undefined)
        throw new Error(`There is no label ${id.slice(LABEL.length + 1)} in ${LABELS_FILE}`);
      return `export default ${JSON.stringify(text)};`;
    },
  };
}

/** Node's own type stripping: what runs in the browser is written like what runs on the server. */
export function stripTypes(): Plugin {
  return {
    name: 'strip-types',
    transform: (code, id) => (/\.ts(\?|$)/.test(id) ? { code: stripTypeScriptTypes(code), map: null } : null),
  };
}

const ICON_LIBRARY = /^lightning\/iconSvgTemplates(Action|Custom|Doctype|Standard|Utility)(Rtl)?$/;
const ICON_NAME = /\b(action|custom|doctype|standard|utility):([a-z0-9_]+)\b/g;

/** The libraries hold some 2,000 icons, 2 MB; the page shows a few dozen. */
export function usedIcons(sources: Iterable<string>): Plugin {
  const used = new Set<string>();
  for (const source of sources) for (const [name] of source.matchAll(ICON_NAME)) used.add(name);
  const base = join(packageDir('lightning-base-components'), 'src/lightning');
  return {
    name: 'used-icons',
    resolveId: (id) => (ICON_LIBRARY.test(id) ? `\0${id}` : null),
    load(id) {
      const [, category, isRtl] = ICON_LIBRARY.exec(id.slice(1)) ?? [];
      if (!id.startsWith('\0') || category === undefined) return null;
      if (isRtl !== undefined) return 'export default {};';
      const sprite = category.toLowerCase();
      const named = [...used]
        .filter((name) => name.startsWith(`${sprite}:`))
        .map((name) => name.split(':')[1]!);
      const fileOf = (name: string) =>
        join(base, `iconSvgTemplates${category}`, 'buildTemplates', sprite, `${name}.html`);
      const names = named.filter((name) => existsSync(fileOf(name))).sort();
      const imports = names.map((name, index) => {
        const file = fileOf(name);
        return `import i${index} from ${JSON.stringify(file)};`;
      });
      const members = names.map((name, index) => `${sprite}_${name}: i${index}`);
      return `${imports.join('\n')}\nexport default { ${members.join(', ')} };`;
    },
  };
}

/** Base components carry the design system's rules once each, 2 MB; the page has them once for all, in its stylesheet. */
export function withoutOwnStyles(): Plugin {
  return {
    name: 'without-own-styles',
    // An empty sheet would be compiled to undefined, which components that list their sheets do not expect.
    transform: (_code, id) => (/\.(slds|native)\.css/.test(id) ? { code: ':not(*) {}', map: null } : null),
  };
}
