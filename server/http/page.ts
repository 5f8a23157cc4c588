/** GET /: the Lightning page of the Salesforce package, running against this bridge. Its files are built and committed. */
import { join } from 'node:path';
import express, { Router } from 'express';

const PAGE_DIR = join(import.meta.dirname, '../page');

/** No cache without asking: a bridge that was updated shows its own page at once, and an unchanged one is not sent again. */
const SERVED = { index: false, redirect: false, cacheControl: true, maxAge: 0 } as const;

export function pageRouter(dir = PAGE_DIR): Router {
  const router = Router();
  router.get('/', (_request, response) => void response.sendFile('index.html', { root: dir, maxAge: 0 }));
  router.use('/page', express.static(dir, SERVED));
  return router;
}
