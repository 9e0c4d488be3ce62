/** A Node that does not export its OpenSSL. */
import { expect, test, vi } from 'vitest';
import { defaultClientContext } from '../../../src/tls/default-context.ts';
import { SSLContext } from '../../../src/tls/ssl-context.ts';

vi.mock(import('../../../src/kernel/native-tls.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const words = Buffer.from('it does not export SSL_new');
  const calls = {
    tlsAvailable: () => -38,
    tlsWords(out: Uint8Array): number {
      out.set(words);
      return words.length;
    },
  };
  return { ...original, nativeTls: () => calls as unknown as ReturnType<typeof original.nativeTls> };
});

test('TLS says at its first use what is missing, and in which Node', () => {
  const words = /^TLS needs a Node that exports its OpenSSL 3.* does not: it does not export SSL_new\.$/;
  expect(() => new SSLContext()).toThrow(
    expect.objectContaining({ name: 'RuntimeError', message: expect.stringMatching(words) }),
  );
  expect(() => defaultClientContext()).toThrow(words);
});
