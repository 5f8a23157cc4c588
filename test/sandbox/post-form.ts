/** A token request as tests send it: form-encoded, with what is given and nothing else. */
import type { Express } from 'express';
import request from 'supertest';

export function postForm(
  app: Express,
  path: string,
  fields: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
) {
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
  return request(app)
    .post(path)
    .set({ 'Content-Type': 'application/x-www-form-urlencoded', ...headers })
    .send(body);
}

/** As PureCloud's own clients write it: Base64 over the bytes of `id:secret`, nothing encoded before. */
export function rawBasic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
