/** test/fixtures/api/*.json -> BridgeFixtures.cls, so that Apex is tested with the answers that the server is held to. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';

const ROOT = join(import.meta.dirname, '..');
const FIXTURES = join(ROOT, 'test/fixtures/api');
export const APEX_FIXTURES_FILE = join(ROOT, 'force-app/main/default/classes/BridgeFixtures.cls');

/** Characters of one literal; long ones are joined, so that lines stay readable. */
const LITERAL_LENGTH = 90;

function literal(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  // A piece must not end inside an escape.
  const pieces = escaped.match(new RegExp(`(?:\\\\.|[^\\\\]){1,${LITERAL_LENGTH}}`, 'gs')) ?? [''];
  return pieces.map((piece) => `'${piece}'`).join(' +\n            ');
}

/** The class as it has to be. Pure but for reading the fixtures. */
export function apexFixtures(directory = FIXTURES): string {
  const entries = readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const json = JSON.stringify(JSON.parse(readFileSync(join(directory, file), 'utf8')));
      return `        '${file.slice(0, -'.json'.length)}' =>\n            ${literal(json)}`;
    });
  return `/**
 * @description Answers and requests of the bridge's API, as the server's own tests have them. Generated from
 * test/fixtures/api by \`npm run generate:apex-fixtures\`: change it there.
 * @group Tests
 */
@IsTest
public class BridgeFixtures {
    private static final Map<String, String> BODIES = new Map<String, String>{
${entries.join(',\n')}
    };

    /**
     * @description One fixture.
     * @param name File name without its ending: \`requestBearerToken.success\`.
     * @return JSON.
     */
    public static String body(String name) {
        Assert.isTrue(BODIES.containsKey(name), 'There is no fixture ' + name);
        return BODIES.get(name);
    }
}
`;
}

if (import.meta.main) {
  if (argv.includes('--check')) {
    if (readFileSync(APEX_FIXTURES_FILE, 'utf8') !== apexFixtures()) {
      console.error(
        'BridgeFixtures.cls is not what test/fixtures/api says. Run: npm run generate:apex-fixtures',
      );
      process.exitCode = 1;
    }
  } else {
    writeFileSync(APEX_FIXTURES_FILE, apexFixtures());
  }
}
