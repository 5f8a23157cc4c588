/** Codes that the Apex client gives itself, where no answer of the bridge came as far as Apex, or where it refuses to ask. Pure. */
import type { Diagnosis } from './facts.ts';

/** Of those that the bridge has as well, such as `invalid_request`, the catalogue of errors speaks. */
export const APEX_CODES: readonly Diagnosis[] = [
  {
    code: 'credential_missing',
    title: 'Salesforce has no credential of the bridge for this user',
    causes: [
      'The running user holds none of the permission sets of PureCloud Bridge.',
      'The principal of the External Credential has no API key.',
      'The flow is triggered by a schedule and runs as the Default Workflow User, who has no permission set.',
      'The Named Credential was not deployed, or the Bridge Setting names another.',
    ],
    remedy:
      'Assign PureCloud Bridge Caller (or Admin, Operator, Viewer) to the running user, and set the API key: Setup > Named Credentials > External Credentials > PureCloud Bridge > Principals.',
  },
  {
    code: 'bridge_timeout',
    title: 'The bridge had not answered when the time of the callout was over',
    causes: [
      'PureCloud was slow, and Apex waited no longer than Timeout (ms) of the Bridge Setting.',
      'Many calls of one transaction share the time that Salesforce gives to all of them.',
    ],
    remedy:
      'Try again. If it repeats, let Apex wait longer (Timeout (ms) of the Bridge Setting, or a job), or start a run instead of waiting for one.',
  },
  {
    code: 'bridge_unreachable',
    title: 'The callout did not come as far as the bridge',
    causes: [
      'The URL of the Named Credential is wrong, or the bridge does not run.',
      'The bridge cannot be reached from the internet: an org does not see your localhost.',
      'Salesforce does not trust its certificate: it is expired, of a private authority, or served without its chain.',
    ],
    remedy:
      'Check the URL of the Named Credential PureCloud_Bridge, and that the bridge answers there from outside, with the full chain of a public certificate authority.',
  },
  {
    code: 'bridge_answer_unreadable',
    title: 'What answered at the address of the Named Credential is not the bridge',
    causes: [
      'A proxy, a load balancer or a sign-in page in front of the bridge answered in HTML.',
      'The URL of the Named Credential has a path or a slash at its end.',
    ],
    remedy:
      'Make the URL the address of the bridge alone. If it is right, look at what stands in front of the bridge.',
  },
  {
    code: 'callout_not_allowed',
    title: 'Salesforce allows no callout where this code runs',
    causes: ['It runs in a trigger.', 'It runs in a future method without callout=true.'],
    remedy:
      'Call from a job: BridgeSyncJob.start, or a Queueable of your own that implements Database.AllowsCallouts.',
  },
  {
    code: 'callout_limit',
    title: 'The transaction may not call out any more',
    causes: [
      'Salesforce allows 100 callouts in a transaction, and all of them are used.',
      'Salesforce allows 120 seconds for all callouts of a transaction together, and they are nearly over.',
    ],
    remedy:
      'Pass fewer records at a time, let equal calls share one, or use a job or a campaign sync, which work without these limits.',
  },
  {
    code: 'answer_too_large',
    title: 'In Apex: the answer is larger than Salesforce takes',
    causes: ['Salesforce takes 6 MB of an answer, 12 MB in an asynchronous job.'],
    remedy: 'Ask for less at once: a smaller pageSize, or fewer rows.',
  },
  {
    code: 'purecloud_error',
    title: 'PureCloud refused the call, and named no code',
    causes: ['The OAuth client lacks a permission or a division.', 'What was asked for does not exist.'],
    remedy:
      'Read the message of PureCloud. A missing permission is given to the OAuth client in PureCloud: Admin > Integrations > OAuth > Roles, with the right division.',
  },
  {
    code: 'sync_missing',
    title: 'No campaign sync sends this campaign',
    causes: [
      'None was created yet.',
      'The API key of the org may not know of it: it lacks the permission sync:NAME.',
    ],
    remedy:
      'Create a sync for the campaign: on the PureCloud Bridge page under Campaign syncs, or with PUT /v1/syncs.',
  },
  {
    code: 'sync_ambiguous',
    title: 'Several campaign syncs send this campaign',
    causes: ['Each sends it to a contact list of its own.'],
    remedy: 'Name the one that is meant: PureCloud.campaign(id).sync(name), or Sync Name in the flow.',
  },
  {
    code: 'campaign_inaccessible',
    title: 'The user of a job cannot see or save some of its campaigns',
    causes: [
      'The user lacks PureCloud Bridge Caller, or edit access to these campaigns.',
      'A validation rule or a trigger keeps them from being saved.',
      'Several orgs share the bridge, and these are campaigns of another.',
    ],
    remedy:
      'Give the user who started or scheduled the job the permission set PureCloud Bridge Caller and edit access to the campaigns, or name the campaigns in the schedule. The other runs were started and go on.',
  },
];
