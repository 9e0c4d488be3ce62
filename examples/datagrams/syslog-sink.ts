/**
 * A syslog sink: receives log lines by UDP and prints them, those of RFC 5424 and those of RFC 3164 alike.
 *
 *     npm run example -- syslog-sink        # 127.0.0.1:5514; --port changes that
 *     logger -n 127.0.0.1 -P 5514 -d -p daemon.warning 'the printer is on fire'
 *     echo '<13>Nov 22 18:00:00 host app: hello' | nc -u -w1 127.0.0.1 5514
 */

import { type Coroutine, DatagramProtocol, getRunningLoop, print, runMain } from 'selectloop';
import type { Address } from 'selectloop/socket';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('syslog-sink', { port: portNumber(5514) });

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const SEVERITIES = 'emerg alert crit err warning notice info debug'.split(' ');

/** RFC 5424, 6: version, time, host, application, process, message id, structured data, text. */
const RFC_5424 =
  /^1 (?<time>\S+) (?<host>\S+) (?<app>\S+) (?<pid>\S+) \S+ (?:-|(?:\[(?:\\.|"(?:\\.|[^"\\])*"|[^\]"\\])*\])+)(?: (?<text>.*))?$/s;

/** RFC 3164, 4.1: time, host, then what most senders write as `tag[pid]: text`. */
const RFC_3164 =
  /^(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) (?<app>[^\s:[]+)(?:\[(?<pid>\d+)\])?: ?(?<text>.*)$/s;

/** One line for one message. What is not as the RFCs say is a log line nevertheless: it gets the defaults of RFC 3164, 4.3.3. */
function describe(message: string, sender: string): string {
  const [, priority = '13', rest = message] = /^<(\d{1,3})>(.*)$/s.exec(message) ?? [];
  const level = `${FACILITIES[Number(priority) >> 3] ?? priority}.${SEVERITIES[Number(priority) & 7]}`;
  const fields = (RFC_5424.exec(rest) ?? RFC_3164.exec(rest))?.groups ?? { host: sender, text: rest };
  const { time = '-', host, app = '-', pid = '-', text = '' } = fields;
  const head = `${time} ${host} ${level} ${app}${pid === '-' ? '' : `[${pid}]`}`;
  return `${shown(head)}: ${shown(text.replace(/^\uFEFF/, ''))}`;
}

/** The sender may be anybody: what reaches a terminal must not move its cursor. */
function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').trimEnd();
}

class SyslogSink extends DatagramProtocol {
  override datagramReceived(data: Buffer, [host]: Address): void {
    print(describe(data.toString(), String(host)));
  }
}

function* serve(): Coroutine<never> {
  const loop = getRunningLoop();
  const localAddr = ['127.0.0.1', port] as const;
  const [transport] = yield* loop.createDatagramEndpoint(() => new SyslogSink(), { localAddr });
  using _ = transport;
  print(`Listening on UDP port ${transport.getExtraInfo('sockname')?.[1]}`, { fd: 2 });
  return yield* loop.createFuture<never>();
}

runMain(serve);
