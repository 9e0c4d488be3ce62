/** Errors of a web API as `application/problem+json`: RFC 9457. */

import { isCancelled } from 'selectloop';
import * as v from 'valibot';

/** What is wrong with a request, or with us. */
export class Problem extends Error {
  readonly status: number;
  /** Members besides those of every problem. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, detail: string, more: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What is sent for a problem. */
export function problemBody({ status, message, more }: Problem): Record<string, unknown> {
  return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail: message, ...more };
}

/** What an error of a handler is for its client. What is our own mistake it need not know: that is reported to `report`. */
export function problemOf(error: unknown, report: (error: unknown) => void): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof v.ValiError)
    return new Problem(422, 'some values are not as they must be', {
      errors: issuesOf(error.issues as Issues),
    });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // The database's constraints: unique, foreign key.
  if (code === '23505') return new Problem(409, 'there is one with this name already');
  if (code === '23503') return new Problem(422, 'it refers to something that is not there');
  if (isCancelled(error)) return new Problem(503, 'the service is shutting down');
  report(error);
  return new Problem(500, 'something went wrong on our side');
}

type Issues = readonly v.BaseIssue<unknown>[];

/** Where each is, as a JSON pointer, and what it is. */
function issuesOf(issues: Issues): unknown[] {
  return issues.map(({ path = [], message }) => ({
    pointer: path.map((item) => `/${String(item.key)}`).join(''),
    detail: message,
  }));
}
