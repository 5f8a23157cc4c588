/** Asks again and again: often while things move, seldom when they stand still, never while nobody looks. */
const SLOWER = 1.5;
/** Waits the shortest time after a change, and half as long again after each answer without one. */
export function nextWait(waitMs, hasChanged, { fastestMs, slowestMs }) {
    return hasChanged ? fastestMs : Math.min(slowestMs, Math.round(waitMs * SLOWER));
}
export function createPoll(options) {
    const { ask, fastestMs } = options;
    let isOn = false;
    let waitMs = fastestMs;
    let timer;
    let asking;
    /** Something was done: what comes of it shows a moment later, even where the next answer is still the old one. */
    let isEager = false;
    function plan() {
        clearTimeout(timer);
        if (isOn && !document.hidden)
            timer = setTimeout(() => void askOnce(), waitMs);
    }
    /** One question at a time: a slow bridge is not asked twice. */
    function askOnce() {
        asking ??= ask()
            .then((hasChanged) => {
            waitMs = nextWait(waitMs, hasChanged || isEager, options);
            isEager = false;
        })
            .finally(() => {
            asking = undefined;
            plan();
        });
        return asking;
    }
    function handleVisibility() {
        if (document.hidden)
            clearTimeout(timer);
        else
            again().catch(() => undefined);
    }
    function again() {
        isEager = true;
        clearTimeout(timer);
        // An answer on its way may be older than what made someone ask.
        return asking === undefined ? askOnce() : asking.then(askOnce);
    }
    return {
        start() {
            if (isOn)
                return;
            isOn = true;
            document.addEventListener('visibilitychange', handleVisibility);
            again().catch(() => undefined);
        },
        stop() {
            isOn = false;
            clearTimeout(timer);
            document.removeEventListener('visibilitychange', handleVisibility);
        },
        again,
    };
}
