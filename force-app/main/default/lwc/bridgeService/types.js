/** What the bridge answers, as far as the page reads it. Null members are left out, and newer members may come. */
export const EXIT_PATHS = [
    'Success',
    'UnknownHost',
    'Timeout',
    'ConnectionFailure',
    'Failure',
];
export const RUN_PHASES = ['read', 'check', 'send', 'confirm', 'writeBack', 'done'];
