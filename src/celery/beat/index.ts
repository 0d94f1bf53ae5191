// Periodic tasks: schedules as Celery's, their texts in the INI file, and the beat that fires them.
export * from './beat.js';
export * from './crontab.js';
export type { CrontabValue } from './crontab-field.js';
export * from './entry.js';
export type { Firing } from './entry-course.js';
export * from './entry-text.js';
export * from './errors.js';
export * from './firing-id.js';
export * from './interval.js';
export * from './record.js';
export type { Schedule } from './schedule.js';
export * from './solar.js';
