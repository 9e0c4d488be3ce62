/**
 * The rules that look at the code as a whole, in one file for vitest. It shares files out among processes,
 * and each would parse a thousand sources for itself: six seconds of processor time.
 */
/* oxlint-disable import/no-unassigned-import -- importing them registers their tests */
import './conventions.ts';
import './dead-code.ts';
import './docs.ts';
import './examples.ts';
import './exports.ts';
import './native.ts';
import './rooms.ts';
import './sizes.ts';
