// The exit codes of every PyROS process, after BSD's sysexits(3).

/** All went well. */
export const EXIT_OK = 0;
/** The command ran, and its answer is no: an agent is down, an event was refused. */
export const EXIT_FAILURE = 1;
/** The command line is wrong (`EX_USAGE`). */
export const EXIT_USAGE = 64;
/** A file that is to be read cannot be read (`EX_NOINPUT`). */
export const EXIT_NOINPUT = 66;
/** A service that is needed is not there (`EX_UNAVAILABLE`). */
export const EXIT_UNAVAILABLE = 69;
/** An error of PyROS itself (`EX_SOFTWARE`). */
export const EXIT_SOFTWARE = 70;
/** The configuration is wrong (`EX_CONFIG`); starting again would not help. */
export const EXIT_CONFIG = 78;
