/** A server in a process that has run out of descriptors, and gets some back. Start it with a low limit. */
import { closeSync, openSync } from 'node:fs';
import { type Coroutine, getRunningLoop, print, run } from '../../../../src/index.ts';
import { Socket } from '../../../../src/socket.ts';

run(function* (): Coroutine<void> {
  const loop = getRunningLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, context) => {
    reports.push(`${(context.exception as { code?: string }).code}`);
  });
  const server = new Socket();
  server.bind(['127.0.0.1', 0]);
  server.listen();
  const client = new Socket();
  client.connect(server.getsockname());
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    print(`filled up: ${(error as { code?: string }).code}`);
  }
  const startMs = loop.time();
  const before = process.cpuUsage();
  loop.callLater(450, () => {
    for (const fd of taken) closeSync(fd);
  });
  const [conn] = yield* loop.sockAccept(server);
  const busyMs = (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1000;
  print(
    `accepted after ${loop.time() - startMs >= 450 ? 'the pause' : 'nothing'}, reports: ${reports.join()}`,
  );
  print(busyMs < 200 ? 'slept meanwhile' : `burnt ${busyMs} ms of processor`);
  yield* loop.sockSendall(client, Buffer.from('served'));
  print(`got ${yield* loop.sockRecv(conn)}`);
  conn.close();
  client.close();
  server.close();
});
