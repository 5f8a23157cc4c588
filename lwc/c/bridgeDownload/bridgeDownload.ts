/** Lightning Web Security lets a Blob have this one; of text/csv it says "Unsupported MIME type". The ending of the name says what it is. */
const TYPE = 'application/octet-stream';

/** Hands a text to the person as a file. @see https://developer.salesforce.com/docs/platform/lwc/guide/security-lwsec-mime.html */
export function download(name: string, text: string): void {
  // The mark tells spreadsheets that the file is UTF-8.
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: TYPE }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
