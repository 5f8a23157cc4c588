/** All routes of campaign syncs, in one list for the application. */
import { forgetRoutes, type ForgetRouteParts } from './forget.ts';
import type { Route } from './route.ts';
import { runRowRoutes, type RunRowRouteParts } from './run-rows.ts';
import { runRoutes, type RunRouteParts } from './runs.ts';
import { syncRoutes, type SyncRouteParts } from './syncs.ts';
import { webhookRoutes, type WebhookRouteParts } from './webhooks.ts';

export interface CampaignRouteParts
  extends SyncRouteParts, RunRouteParts, RunRowRouteParts, ForgetRouteParts, WebhookRouteParts {}

export function campaignRoutes(parts: CampaignRouteParts): Route[] {
  return [
    ...syncRoutes(parts),
    ...runRoutes(parts),
    ...runRowRoutes(parts),
    ...webhookRoutes(parts),
    ...forgetRoutes(parts),
  ];
}
