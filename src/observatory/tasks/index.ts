// The observatory's long work, as tasks of Celery: `[celery] imports` names this module.
export * from './autofocus.js';
export * from './execute-plan.js';
export * from './execute-sequence.js';
