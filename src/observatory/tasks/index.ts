// The observatory's long work, as tasks of Celery: `[celery] imports` names this module.
export * from './execute-sequence.js';
