/** The addon's calls for TLS. What the small numbers `what` mean is in `native-tls.ts`. */
export interface TlsCalls {
  /** 0, and {@link tlsWords} has OpenSSL's version; or `-ENOSYS`, and it has the reason. */
  tlsAvailable(): number;
  /** The words for the last refusal (`-EPROTO`, `-ECONNABORTED`, `-ENOSYS`): lines, the cause first. */
  tlsWords(out: Uint8Array): number;
  /** The words for a result of verification. */
  tlsVerifyWords(result: number, out: Uint8Array): number;

  /** A new context's handle, or `-errno`. */
  tlsContextOpen(): number;
  /** 0, or `-EBADF` when it is closed already. Connections that were made from it go on. */
  tlsContextClose(context: number): number;
  tlsContextSetNumber(context: number, what: number, value: number): number;
  tlsContextSetText(context: number, what: number, value: Uint8Array): number;
  /** How many authorities the PEM text had. */
  tlsContextAddCa(context: number, pem: Uint8Array): number;
  /** How many revocation lists the PEM text had. */
  tlsContextAddCrl(context: number, pem: Uint8Array): number;
  /** Trusts what the context `from` trusts: one list in memory for both. */
  tlsContextShareCas(context: number, from: number): number;
  tlsContextUseCertificate(context: number, pem: Uint8Array): number;
  tlsContextUsePrivateKey(context: number, pem: Uint8Array, passphrase: Uint8Array): number;

  /** A new connection's handle, or `-errno`. */
  tlsOpen(context: number, serverSide: boolean, verification: number): number;
  /** 0, or `-EBADF` when it is closed already. */
  tlsClose(connection: number): number;
  /** `commonName`: whether a certificate without subjectAltName may name the host in its subject. */
  tlsSetHost(
    connection: number,
    sent: Uint8Array,
    checked: Uint8Array,
    isAddress: boolean,
    commonName: boolean,
  ): number;
  tlsSetSession(connection: number, der: Uint8Array): number;
  /** `context` -1: the one it has. */
  tlsChooseContext(connection: number, context: number, verification: number): number;
  tlsHandshake(connection: number): number;
  tlsFeed(connection: number, data: Uint8Array, offset: number, byteCount: number): number;
  tlsFeedEnd(connection: number): number;
  tlsDrain(connection: number, out: Uint8Array, offset: number, byteCount: number): number;
  tlsRead(connection: number, out: Uint8Array, offset: number, byteCount: number): number;
  tlsWrite(connection: number, data: Uint8Array, offset: number, byteCount: number): number;
  tlsShutdown(connection: number): number;

  tlsText(connection: number, what: number, out: Uint8Array): number;
  tlsNumber(connection: number, what: number): number;
  tlsBytes(connection: number, what: number, index: number, out: Uint8Array): number;
  /** Writes how many bytes are to be drained, fed and not looked at, decrypted and not read. */
  tlsPending(connection: number, out: Int32Array): number;
  /** Fills `out` with keying material of RFC 5705. */
  tlsExport(
    connection: number,
    label: Uint8Array,
    context: Uint8Array,
    hasContext: boolean,
    out: Uint8Array,
  ): number;
}
