/**
 * The built package that is measured: this checkout's, or that of the checkout $SELECTLOOP_ROOT (so
 * `bench:compare` measures two).
 */

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = process.env.SELECTLOOP_ROOT ?? fileURLToPath(new URL('..', import.meta.url));

const load = (file) => import(pathToFileURL(join(root, 'dist', file)).href);

export const loadSelectloop = () => load('index.js');
export const loadSocket = () => load('socket.js');
