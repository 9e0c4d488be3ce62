/** Runs iterations of Node's own loop from inside a call, by an addon that is compiled when it is needed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const source: string = fileURLToPath(new URL('turn-node.cc', import.meta.url));
const build: string = fileURLToPath(new URL('../../build/', import.meta.url));

/** The addon, for a program that loads it itself. */
export const turnNodePath: string = `${build}turn-node.node`;

/** The headers that our own addon was compiled with. */
function headers(): string {
  const nodedir = /"nodedir": "(.*)"/.exec(readFileSync(`${build}config.gypi`, 'utf8'))?.[1];
  return `${nodedir}/include/node`;
}

function compile(): void {
  // Other processes may compile it too, or have the old one loaded.
  const fresh = `${turnNodePath}.${process.pid}`;
  const flags = ['-shared', '-fPIC', '-O1', '-std=c++17', `-I${headers()}`, '-o', fresh];
  if (process.platform === 'darwin') flags.push('-undefined', 'dynamic_lookup');
  const { status, stderr } = spawnSync('g++', [...flags, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`turn-node.cc does not compile: ${stderr}`);
  renameSync(fresh, turnNodePath);
}

if (!existsSync(turnNodePath) || statSync(turnNodePath).mtimeMs < statSync(source).mtimeMs) compile();

/**
 * Waits until Node's loop has something to do, and does it.
 * @returns false when nothing is left that could ever come
 */
export const { turnNode } = createRequire(import.meta.url)(turnNodePath) as { turnNode(): boolean };
