import { LightningElement } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { NOTHING_YET, createLooking, type Look } from 'c/bridgeLook';
import { setupLink, type Link } from 'c/bridgeLinks';
import { connectionStep, dryRunStep } from 'c/bridgeSteps';
import { stepMark } from 'c/bridgeWords';
import { announce, goTo, type Tab } from 'c/bridgeTell';
import { bridge, type ConnectionStatus, type SetupStep } from 'c/bridgeService';

interface Checked {
  steps: readonly SetupStep[];
  /** Undefined: could not be asked for, which the step of the bridge tells. */
  connections: readonly ConnectionStatus[] | undefined;
  syncs: number | undefined;
}

const NAMES: Readonly<Record<string, string>> = {
  bridge: LABEL.StepBridge,
  namedCredential: LABEL.StepNamedCredential,
  principal: LABEL.StepPrincipal,
  permissionSet: LABEL.StepPermissionSet,
  purecloud: LABEL.StepPureCloud,
  salesforce: LABEL.StepSalesforce,
  dryRun: LABEL.StepDryRun,
};

const TABS: Readonly<Record<string, Tab>> = {
  purecloud: 'connections',
  salesforce: 'connections',
  dryRun: 'syncs',
};

async function askAll(): Promise<Checked> {
  const steps = await bridge.setup();
  const [status, syncs] = await Promise.allSettled([bridge.status(), bridge.syncs()]);
  return {
    steps,
    connections: status.status === 'fulfilled' ? status.value.connections : undefined,
    syncs: syncs.status === 'fulfilled' ? syncs.value.length : undefined,
  };
}

/** From nothing to the first call: each step with what it still needs. */
export default class BridgeSetup extends LightningElement {
  label = LABEL;
  look: Look<Checked> = NOTHING_YET;

  private readonly looking = createLooking(askAll, (look) => (this.look = look));

  connectedCallback(): void {
    void this.looking.again();
  }

  private get all(): readonly SetupStep[] {
    const { data } = this.look;
    if (data === undefined) return [];
    return [
      ...data.steps,
      connectionStep('purecloud', data.connections),
      connectionStep('salesforce', data.connections),
      dryRunStep(data.syncs),
    ];
  }

  get steps(): readonly object[] {
    return this.all.map(({ name, outcome, detail, remedy }) => ({
      name,
      label: NAMES[name] ?? name,
      outcome,
      mark: stepMark(outcome),
      detail,
      remedy: outcome === 'done' ? undefined : remedy,
      link: outcome === 'done' ? undefined : this.linkOf(name),
      tab: outcome === 'done' ? undefined : TABS[name],
    }));
  }

  private linkOf(name: string): Link | undefined {
    return setupLink(name);
  }

  get progress(): number {
    const { all } = this;
    const done = all.filter(({ outcome }) => outcome === 'done').length;
    return all.length === 0 ? 0 : Math.round((100 * done) / all.length);
  }

  async handleCheck(): Promise<void> {
    await this.looking.again();
    announce(this, LABEL.CheckedNow);
  }

  handleGo(event: Event): void {
    goTo(this, { tab: (event.target as HTMLElement).dataset.tab as Tab });
  }
}
