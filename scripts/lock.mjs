/**
 * A lock between processes: the file `owner` in a directory, put there by link(2), which is atomic and leaves
 * no moment in which the lock exists and does not say whose it is.
 *
 * Its owner keeps the file fresh. A lock whose owner has died (same host) or has been silent for
 * STALE_AFTER_MS (another host or container, where a process id says nothing) is broken by whoever waits for
 * it. Breaking is itself exclusive, through the file `breaking`: without it, a slow waiter could remove the
 * lock that a quicker one has just taken.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const HEARTBEAT_MS = 1_000;
/** Fifteen missed heartbeats: long enough for a machine that is swapping, short enough to wait for. */
const STALE_AFTER_MS = 15_000;
const RETRY_MS = 100;

/**
 * Runs `body` while holding the lock kept in `directory`, waiting for it as long as it takes. `onWait` is
 * called once if there is a wait. The lock is released when `body` ends or throws, and when the process
 * exits.
 */
export async function withLock(directory, body, onWait = () => {}) {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'owner');
  const nonce = await acquire(directory, path, onWait);
  const heartbeat = setInterval(() => touchIfOwned(path, nonce), HEARTBEAT_MS);
  const release = () => releaseIfOwned(path, nonce);
  process.once('exit', release);
  try {
    return await body();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    release();
  }
}

async function acquire(directory, path, onWait) {
  const nonce = randomUUID();
  const draft = join(directory, nonce);
  writeFileSync(draft, JSON.stringify({ pid: process.pid, host: hostname(), nonce }));
  try {
    let announced = false;
    while (!createExclusively(() => linkSync(draft, path))) {
      if (isStale(path) && breakStale(directory, path)) continue;
      if (!announced) onWait();
      announced = true;
      await delay(RETRY_MS);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return nonce;
}

/** Removes a stale lock, once. False when another process is doing so. */
function breakStale(directory, path) {
  const claim = join(directory, 'breaking');
  if (!createExclusively(() => writeFileSync(claim, '', { flag: 'wx' }))) {
    // Breaking takes microseconds: an old claim was left by a process that died between these lines.
    if (ageMs(claim) > STALE_AFTER_MS) rmSync(claim, { force: true });
    return false;
  }
  // Only one process is here. Look again: the lock may have changed hands since it was judged.
  if (isStale(path)) rmSync(path, { force: true });
  rmSync(claim, { force: true });
  return true;
}

function createExclusively(create) {
  try {
    create();
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(path) {
  const owner = readOwner(path);
  if (owner === undefined) return false;
  return (owner.host === hostname() && !isAlive(owner.pid)) || ageMs(path) > STALE_AFTER_MS;
}

function touchIfOwned(path, nonce) {
  const now = new Date();
  if (readOwner(path)?.nonce === nonce) utimesSync(path, now, now);
}

function releaseIfOwned(path, nonce) {
  if (readOwner(path)?.nonce === nonce) rmSync(path, { force: true });
}

function readOwner(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Age of a file; 0 when it is not there, which is as fresh as can be. */
function ageMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0 : Date.now() - stats.mtimeMs;
}
