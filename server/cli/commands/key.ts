/** pcbridge key rotate: another key for the stored secrets, with no read failing meanwhile. */
import type { Command } from 'commander';
import { loadConfig, type Config } from '../../config.ts';
import type { KeyRotation } from '../../database/rotate-key.ts';
import { keyRotationSchema } from '../../http/secret-key.ts';
import { CommandError } from '../command-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from '../main.ts';
import { namedUrl, openBridgeApi, withRemoteOptions, type RemoteOptions } from '../remote-options.ts';
import { wrapped, type Terminal } from '../terminal.ts';

interface KeyRotateOptions extends RemoteOptions {
  offline?: boolean;
}

const EXAMPLES = `
Examples:
  $ pcbridge key rotate --url http://127.0.0.1:8080
  $ pcbridge key rotate                 (no bridge runs: works on the store of this machine)

With a key file in the data directory the bridge does it all. With BRIDGE_SECRET_KEY it goes in steps, since only you can
change the variable; call this command again after each, and it says what comes next.`;

const NEXT_STEPS: Record<KeyRotation['nextStep'], readonly string[]> = {
  none: [
    'The old key is dropped. Backups made before now still need it: where you kept no copy of it, make a new backup.',
  ],
  addKey: [
    '1. Make a new key: openssl rand -base64 32',
    '2. Set BRIDGE_SECRET_KEY=OLD,NEW for every instance, and restart them one after the other: all can read what the new key seals.',
    '3. Set BRIDGE_SECRET_KEY=NEW,OLD, and restart them one after the other: from now on the new key seals.',
    '4. Run "pcbridge key rotate" again: everything stored is sealed with the new key.',
    '5. Set BRIDGE_SECRET_KEY=NEW and restart. Keep the old key as long as you keep backups made with it.',
  ],
  dropOldKeys: [
    'Everything is sealed with the first key of BRIDGE_SECRET_KEY now.',
    'If that is the new key on every instance: set BRIDGE_SECRET_KEY to it alone and restart. Keep the old key as long as you keep backups made with it.',
    'If it is still the old one: put the new key first on every instance, restart, and run this again.',
  ],
};

function refuseBlindRotation({ databaseUrl, secretKey }: Config, { offline }: KeyRotateOptions): void {
  if (databaseUrl === undefined || secretKey !== undefined || offline === true) return;
  throw new CommandError('A bridge that runs on this database would lose its key', {
    exitCode: EXIT_CODE.usage,
    lines: [
      '  The key is in a file of the data directory, and only the bridge itself can change it while it runs.',
    ],
    remedy: 'the same command with --url, or with --offline where no bridge runs',
  });
}

async function rotateLocally(terminal: Terminal, options: KeyRotateOptions): Promise<KeyRotation> {
  const config = loadConfig(terminal.env);
  refuseBlindRotation(config, options);
  const { openLocalStores } = await import('../local-stores.ts');
  const stores = await openLocalStores(terminal, { config });
  try {
    return await stores.rotateSecretKey();
  } finally {
    await stores.close();
  }
}

export function registerKey(program: Command, { terminal, finish }: CommandContext): void {
  const key = program.command('key').description('the key that seals stored secrets');
  withRemoteOptions(key.command('rotate').description('seal every stored secret with another key'))
    .option('--offline', 'no bridge runs on this database')
    .addHelpText('after', EXAMPLES)
    .action(async (options: KeyRotateOptions) => {
      const rotation =
        namedUrl(options, terminal) === undefined
          ? await rotateLocally(terminal, options)
          : await (
              await openBridgeApi(options, terminal)
            ).ask('POST', '/v1/secret-key/rotate', keyRotationSchema);
      if (options.json) terminal.data(JSON.stringify(rotation, null, 2));
      else if (rotation.nextStep !== 'addKey') terminal.data(`Sealed anew: ${rotation.resealed} secrets.`);
      NEXT_STEPS[rotation.nextStep].forEach((line) => terminal.say(wrapped(line)));
      finish(EXIT_CODE.clean);
    });
}
