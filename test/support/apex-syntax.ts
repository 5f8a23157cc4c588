/** What the parser of Salesforce's language says of a text. */
import { ApexErrorListener, ApexParserFactory } from '@apexdevtools/apex-parser';

class Faults extends ApexErrorListener {
  readonly lines: string[] = [];
  override apexSyntaxError(line: number, column: number, message: string): void {
    this.lines.push(`${line}:${column} ${message}`);
  }
}

/** Of a class or trigger, `LINE:COLUMN what`; none where it parses. */
export function apexSyntaxFaults(source: string): string[] {
  const faults = new Faults();
  const parser = ApexParserFactory.createParser(source);
  parser.removeErrorListeners();
  parser.addErrorListener(faults);
  parser.compilationUnit();
  return faults.lines;
}

/** Of statements as one writes them into Execute Anonymous. */
export function apexStatementFaults(statements: string): string[] {
  return apexSyntaxFaults(`public class Snippet { void run() {\n${statements}\n} }`);
}
