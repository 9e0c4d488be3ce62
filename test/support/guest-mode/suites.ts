/** What runs with `SELECTLOOP_TEST_DRIVER=guest`: the tests of everything that a loop drives, as they are. */

/** Folders whose tests run, whole and unchanged. */
export const guestSuites: readonly string[] = [
  'test/conformance',
  'test/regressions',
  ...[
    'bridges',
    'cancellation',
    'futures',
    'groups',
    'loop',
    'names',
    'runtime',
    'signals',
    'sockets',
    'streams',
    'sync',
    'tasks',
    'tls',
    'transports',
  ].map((room) => `test/unit/${room}`),
  ...['bridges', 'loop', 'sockets', 'streams', 'tls', 'transports'].map((room) => `test/integration/${room}`),
];

/** Files of those folders that do not run, each with its reason. docs/guest-mode.md has them too. */
export const guestExceptions: Readonly<Record<string, string>> = {
  'test/integration/transports/sending-together.test.ts':
    'what is sent in one call depends on where a turn ends, and so on how busy the machine is',
  'test/integration/transports/sending-in-part.test.ts': 'the same',
  'test/integration/transports/datagrams-together.test.ts': 'the same',
  'test/integration/transports/answers-together.test.ts': 'the same',
};
