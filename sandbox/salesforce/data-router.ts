/** The least of `/services/data/vNN.0` that a sign-in check needs. A fuller org is mounted before it. */
import express from 'express';
import type { Router } from 'express';
import { API_CALLS_MAX, apiCallsOf, sendOrgError } from './org-gate.ts';

export function createDataRouter(): Router {
  const router = express.Router();
  router.get('/', (req, res) => {
    const at = (name: string) => `${req.baseUrl}/${name}`;
    res.json({ limits: at('limits'), query: at('query'), sobjects: at('sobjects') });
  });
  router.get('/limits', (_req, res) => {
    res.json({ DailyApiRequests: { Max: API_CALLS_MAX, Remaining: API_CALLS_MAX - apiCallsOf(res) } });
  });
  router.get('/query', (req, res) => {
    const { q } = req.query;
    if (typeof q === 'string' && /^\s*select\s/i.test(q)) res.json({ totalSize: 0, done: true, records: [] });
    else sendOrgError(res, 400, 'MALFORMED_QUERY', 'The query has to start with SELECT.');
  });
  router.use((_req, res) => sendOrgError(res, 404, 'NOT_FOUND', 'The requested resource does not exist'));
  return router;
}
