/**
 * A datagram endpoint that is closed sends what is left. When that was refused, the endpoint put the error
 * where nobody can take it any more, and the failure of this was reported as a mistake of the protocol.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatagramEndpoint, type ReadTransport } from '../../src/index.ts';
import { AF_UNIX } from '../../src/socket.ts';
import { realLoop } from '../integration/loop/real-loop.ts';
import { onTeardown } from '../support/teardown.ts';

test('a refusal of what was left at close is nobody’s error', () => {
  const { loop } = realLoop();
  const folder = mkdtempSync(join(tmpdir(), 'left-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'full');
  loop.run(function* () {
    const full = yield* openDatagramEndpoint({ localAddr: path, family: AF_UNIX });
    (full.transport as unknown as ReadTransport).pauseReading();
    const sender = yield* openDatagramEndpoint({ remoteAddr: path, family: AF_UNIX });
    while (sender.transport.getWriteBufferSize() === 0) sender.send(Buffer.alloc(2048));
    sender.close();
    full.close();
    yield* full.waitClosed();
    // What is left cannot be sent any more: this returns, and realLoop() sees to it that nothing is reported.
    yield* sender.waitClosed();
    expect(sender.isClosing()).toBe(true);
  });
});
