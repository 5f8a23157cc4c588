import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { checkMark } from 'c/bridgeWords';
import { oauthClientsLink, type Link } from 'c/bridgeLinks';
import type { Check } from 'c/bridgeService';

const NAMES: Readonly<Record<string, string>> = {
  name: LABEL.CheckName,
  tls: LABEL.CheckTls,
  clock: LABEL.CheckClock,
  signIn: LABEL.CheckSignIn,
  permissions: LABEL.CheckPermissions,
  rateRoom: LABEL.CheckRateRoom,
  campaign: LABEL.CheckCampaign,
  fields: LABEL.CheckFields,
  memberStatuses: LABEL.CheckMemberStatuses,
  contactList: LABEL.CheckContactList,
  wrapUps: LABEL.CheckWrapUps,
  results: LABEL.CheckResults,
  resultFields: LABEL.CheckResultFields,
};

/** The named checks of one connection, in order; below the one that failed, why and what to do. */
export default class BridgeChecks extends LightningElement {
  @api checks: readonly Check[] = [];
  /** Whose they are: for links into its provider. */
  @api connection?: { provider: string; url?: string };
  label = LABEL;

  get views(): readonly object[] {
    return this.checks.map(({ name, outcome, sentence, durationMs, diagnosis, remedy }) => ({
      key: name,
      label: NAMES[name] ?? name,
      mark: checkMark(outcome),
      outcome,
      sentence,
      took:
        durationMs === undefined || outcome === 'notRun'
          ? ''
          : fill(LABEL.Milliseconds, Math.round(durationMs)),
      diagnosis,
      remedy: diagnosis === undefined ? remedy : undefined,
    }));
  }

  get link(): Link | undefined {
    return this.connection === undefined ? undefined : oauthClientsLink(this.connection);
  }
}
