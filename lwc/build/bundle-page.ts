/** The page for a browser: engine and base components in one script, the page's own components in another, one stylesheet. */
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import lwc from '@lwc/rollup-plugin';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import replace from '@rollup/plugin-replace';
import {
  rollup,
  type InputOptions,
  type OutputOptions,
  type Plugin,
  type RollupCache,
  type RollupLog,
} from 'rollup';
import { minify } from 'terser';
import { DEPLOYED_DIR, filesOf } from './component-files.ts';
import { BUILT_DIR, MARK_FILE, hashOfInputs } from './page-freshness.ts';
import {
  PAGE_DIR,
  componentModules,
  packageDir,
  salesforceModules,
  stripTypes,
  usedIcons,
  withoutOwnStyles,
} from './page-modules.ts';
import { trimStyles } from './page-styles.ts';

// Their types call the function `default` under Node's resolution and themselves under a bundler's; the value is the function in both.
const lwcPlugin = lwc as unknown as (options: object) => Plugin;
const replacePlugin = replace as unknown as (options: object) => Plugin;

const MINIFY: Plugin = {
  name: 'minify',
  async renderChunk(code) {
    const { code: small } = await minify(code, {
      module: true,
      compress: { passes: 2 },
      format: { comments: false },
    });
    return { code: small ?? code, map: null };
  },
};

/** All that may name an icon: the page's components, and those of Salesforce for their own. */
function* iconSources(): Generator<string> {
  yield* filesOf(DEPLOYED_DIR, /\.(js|html)$/).values();
  yield* filesOf(PAGE_DIR, /\.(ts|html)$/).values();
  const base = join(packageDir('lightning-base-components'), 'src/lightning');
  for (const name of readdirSync(base)) {
    if (name.startsWith('iconSvgTemplates')) continue;
    for (const file of readdirSync(join(base, name)))
      if (/\.(js|html)$/.test(file)) yield readFileSync(join(base, name, file), 'utf8');
  }
}

function input(cache: RollupCache | undefined): InputOptions {
  return {
    input: join(PAGE_DIR, 'main.ts'),
    ...(cache === undefined ? {} : { cache }),
    onwarn(warning: RollupLog, next) {
      if (warning.code !== 'CIRCULAR_DEPENDENCY' && warning.plugin !== 'rollup-plugin-lwc-compiler')
        next(warning);
    },
    plugins: [
      replacePlugin({
        values: { 'import.meta.env.SSR': 'false', 'process.env.NODE_ENV': JSON.stringify('production') },
        preventAssignment: true,
      }),
      salesforceModules(),
      usedIcons(iconSources()),
      withoutOwnStyles(),
      stripTypes(),
      lwcPlugin({
        rootDir: PAGE_DIR,
        enableDynamicComponents: true, // the datatable opens its dialogs so
        enableSyntheticElementInternals: true, // the combobox calls attachInternals()
        modules: [...componentModules(), { npm: 'lightning-base-components' }],
      }),
      nodeResolve({ rootDir: PAGE_DIR, extensions: ['.ts', '.js'] }),
    ],
  };
}

function output(dir: string, isSmall: boolean): OutputOptions {
  return {
    dir,
    format: 'esm',
    entryFileNames: 'page.js',
    chunkFileNames: '[name].js',
    manualChunks: (id) =>
      id.includes('/node_modules/') || id.startsWith('\0@salesforce/i18n') || id.startsWith('\0lightning')
        ? 'lightning'
        : undefined,
    plugins: isSmall ? [MINIFY] : [],
  };
}

function writeStyles(dir: string, scripts: string): void {
  const slds = join(
    packageDir('@salesforce-ux/design-system'),
    'assets/styles/salesforce-lightning-design-system.min.css',
  );
  const own = readFileSync(join(PAGE_DIR, 'page.css'), 'utf8');
  const page = readFileSync(join(PAGE_DIR, 'index.html'), 'utf8');
  writeFileSync(join(dir, 'page.css'), `${trimStyles(readFileSync(slds, 'utf8'), scripts + page)}\n${own}`);
}

/** @param cache of the bundle before, so that only what changed is compiled again. */
export async function bundleInto(
  dir: string,
  { isSmall, cache }: { isSmall: boolean; cache?: RollupCache | undefined },
): Promise<RollupCache | undefined> {
  mkdirSync(dir, { recursive: true });
  const bundle = await rollup(input(cache));
  const { output: chunks } = await bundle.write(output(dir, isSmall));
  await bundle.close();
  writeStyles(dir, chunks.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('\n'));
  cpSync(join(PAGE_DIR, 'index.html'), join(dir, 'index.html'));
  return bundle.cache;
}

/** The page as it is committed and served. */
export async function bundlePage(): Promise<void> {
  await bundleInto(BUILT_DIR, { isSmall: true });
  writeFileSync(MARK_FILE, `${JSON.stringify({ inputs: hashOfInputs() })}\n`);
}
