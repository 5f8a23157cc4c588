/** What the routes ask of the jobs: that something be begun soon, by some instance. Declares a port and does nothing. */

export interface RunQueue {
  /**
   * Has the run begun (or gone on with) by the first instance that is free.
   * The run is in the database already: a lost call is made good by the sweep of abandoned runs.
   */
  enqueue(runId: string): Promise<void>;
  /** Results that webhooks left behind are to be written to the members of this sync. */
  enqueueResults(sync: string): Promise<void>;
}
