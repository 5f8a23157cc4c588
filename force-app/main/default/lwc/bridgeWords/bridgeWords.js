/** The eight status words and the outcomes of checks: icon, colour and word, the same wherever they stand. Pure. */
import { LABEL } from 'c/bridgeLabels';
const WORDS = {
    Healthy: { icon: 'utility:success', variant: 'success', label: LABEL.WordHealthy },
    Running: { icon: 'utility:sync', label: LABEL.WordRunning },
    Paused: { icon: 'utility:pause', label: LABEL.WordPaused },
    Late: { icon: 'utility:clock', variant: 'warning', label: LABEL.WordLate },
    'Part failed': { icon: 'utility:warning', variant: 'warning', label: LABEL.WordPartFailed },
    Failed: { icon: 'utility:error', variant: 'error', label: LABEL.WordFailed },
    'Action needed': { icon: 'utility:priority', variant: 'error', label: LABEL.WordActionNeeded },
    Unknown: { icon: 'utility:question', label: LABEL.WordUnknown },
};
const SEVEREST_FIRST = [
    'Action needed',
    'Failed',
    'Part failed',
    'Late',
    'Paused',
    'Running',
    'Healthy',
    'Unknown',
];
/** A word of a newer bridge is shown as Unknown. */
export function markOf(word) {
    return WORDS[word] ?? WORDS.Unknown;
}
/** Of several, the one that a person should know of. */
export function worstOf(words) {
    return SEVEREST_FIRST.find((word) => words.includes(word)) ?? 'Unknown';
}
const CHECKS = {
    ok: { icon: 'utility:success', variant: 'success', label: LABEL.CheckOk },
    warning: { icon: 'utility:warning', variant: 'warning', label: LABEL.CheckWarning },
    failed: { icon: 'utility:error', variant: 'error', label: LABEL.CheckFailed },
    notRun: { icon: 'utility:ban', label: LABEL.CheckNotRun },
};
export function checkMark(outcome) {
    return CHECKS[outcome] ?? CHECKS.notRun;
}
const STEPS = {
    done: { icon: 'utility:success', variant: 'success', label: LABEL.StepDone },
    todo: { icon: 'utility:routing_offline', label: LABEL.StepTodo },
    failed: { icon: 'utility:error', variant: 'error', label: LABEL.StepFailed },
    unknown: { icon: 'utility:question', label: LABEL.StepUnknown },
};
export function stepMark(outcome) {
    return STEPS[outcome] ?? STEPS.unknown;
}
const EXITS = {
    Success: { icon: 'utility:success', variant: 'success', label: LABEL.ExitSuccess },
    UnknownHost: { icon: 'utility:world', variant: 'error', label: LABEL.ExitUnknownHost },
    Timeout: { icon: 'utility:clock', variant: 'error', label: LABEL.ExitTimeout },
    ConnectionFailure: {
        icon: 'utility:unlinked',
        variant: 'error',
        label: LABEL.ExitConnectionFailure,
    },
    Failure: { icon: 'utility:error', variant: 'error', label: LABEL.ExitFailure },
};
export function exitMark(exitPath) {
    return EXITS[exitPath] ?? EXITS.Failure;
}
