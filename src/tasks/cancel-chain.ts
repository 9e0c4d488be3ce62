/**
 * Cancelling a chain of tasks that await each other. Each passes the request on to what it awaits; done by
 * recursion, a chain of some ten thousand would overflow the stack. So a request made while another is being
 * passed on waits here.
 *
 * Each passes it on once. One that is met again is awaited by two of them; or the chain is a circle, which
 * nobody would ever leave.
 */

/** What can pass its cancellation on to what it awaits. */
export interface ChainLink {
  /** Cancels what it awaits. Calls {@link passOn} for each task it meets there. */
  passCancelOn(): void;
  /** It has been passed on along here already. */
  metAgain(): void;
}

const links = new Set<ChainLink>();
let isPassing = false;

/**
 * Passes a cancellation on, along the whole chain, before the outermost call returns. Throws the first error
 * met.
 */
export function passOn(link: ChainLink): void {
  if (links.has(link)) {
    link.metAgain();
    return;
  }
  links.add(link);
  if (isPassing) return;
  isPassing = true;
  const errors: unknown[] = [];
  // Grows as the chain is walked.
  for (const one of links) {
    try {
      one.passCancelOn();
    } catch (error) {
      errors.push(error);
    }
  }
  links.clear();
  isPassing = false;
  if (errors.length > 0) throw errors[0];
}
