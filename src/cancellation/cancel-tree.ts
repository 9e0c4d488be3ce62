/**
 * What a cancellation reaches: nodes below nodes, each with the targets (tasks) that it covers. This file
 * knows neither time nor tasks.
 *
 * Every node keeps `cancelledBy`, the outermost cancelled node that it can see looking upwards; a shield ends
 * the view. A target asks for it each time it suspends, so the question must cost one read: it is the rare
 * events (a request, a shield moved, a node attached) that walk the tree below them and bring it up to date.
 */

import type { CancelledError } from '../base/errors.ts';

/**
 * What can be cancelled, as the tree sees it. A task is one. Calls on it may schedule, and never run user
 * code.
 */
export interface CancelTarget {
  /** The innermost node it is in, `null` for none. Written by the tree. */
  innermost: CancelNode | null;
  /** Its innermost node has become cancelled: end the present wait, if there is one. */
  scopeCancelled(): void;
  /** It is about to enter a shield: a direct request not raised yet stays outside. */
  enteringShield(): void;
  /** It has left a node, or a shield around it was lowered: requests held back by a shield may go on. */
  shieldsChanged(): void;
  /** How many direct requests (`Task.cancel`) have been raised in it and not been taken back. */
  directCancelCount(): number;
  /**
   * The error of a direct request, to be raised instead of a scope's; `null` if none has reached the target
   * since `raisedBefore` had been raised.
   */
  takeDirectCancel(raisedBefore: number): CancelledError | null;
}

export class CancelNode {
  /**
   * @internal The outermost cancelled node in sight, this one included; `null` when suspending here is
   *   allowed.
   */
  cancelledBy: CancelNode | null = null;
  /** @internal */
  parent: CancelNode | null = null;
  /** @internal Whether cancellation from outside stops here. */
  shielding = false;
  /** @internal What was passed to the request. */
  cancelReason: unknown = undefined;
  protected requested = false;
  /** Who opened this node by running into it. It is here for as long as its innermost node is this one. */
  protected host: CancelTarget | null = null;
  /** Those that began their life here, as the tasks of a group do. */
  private members: Set<CancelTarget> | null = null;
  private children: Set<CancelNode> | null = null;

  /** @internal Puts a target that begins its life in this node into it. */
  addMember(target: CancelTarget): void {
    target.innermost = this;
    this.members ??= new Set();
    this.members.add(target);
  }

  /** @internal */
  removeMember(target: CancelTarget): void {
    this.members?.delete(target);
  }

  /** @internal Hangs this node (and all below it) under another one, from where it was. */
  moveTo(parent: CancelNode | null): void {
    this.parent?.children?.delete(this);
    this.parent = parent;
    if (parent !== null) {
      parent.children ??= new Set();
      parent.children.add(this);
    }
    this.refresh();
  }

  /** @internal Takes this node, which no target is in any more, out of the tree. */
  detach(): void {
    this.parent?.children?.delete(this);
  }

  /** @internal Asks everything inside to end. The first request counts. */
  request(reason: unknown): void {
    if (this.requested) return;
    this.requested = true;
    this.cancelReason = reason;
    this.refresh();
  }

  /** @internal */
  setShield(shielding: boolean): void {
    if (this.shielding === shielding) return;
    this.shielding = shielding;
    this.refresh();
    if (!shielding) this.forEachNodeBelow((node) => node.forEachTarget((target) => target.shieldsChanged()));
  }

  /**
   * @internal Whether a shield stands between this node and `origin`, one of those above it (`null`: above
   *   them all).
   */
  isShieldedFrom(origin: CancelNode | null): boolean {
    for (let node: CancelNode | null = this; node !== null && node !== origin; node = node.parent) {
      if (node.shielding) return true;
    }
    return false;
  }

  /**
   * Brings `cancelledBy` up to date from here down, then notifies the targets for which it was not cancelled
   * before.
   */
  private refresh(): void {
    const stale: CancelNode[] = [this];
    const newlyCancelled: CancelNode[] = [];
    for (const node of stale) {
      const before = node.cancelledBy;
      node.cancelledBy = node.outermostCancelInSight();
      if (node.cancelledBy === before) continue;
      if (before === null) newlyCancelled.push(node);
      if (node.children !== null) for (const child of node.children) stale.push(child);
    }
    for (const node of newlyCancelled) node.forEachTarget((target) => target.scopeCancelled());
  }

  private outermostCancelInSight(): CancelNode | null {
    const outer = this.shielding || this.parent === null ? null : this.parent.cancelledBy;
    return outer ?? (this.requested ? this : null);
  }

  /**
   * Visits this node and all below it. A list instead of recursion: a tree may be as deep as a program lets
   * it grow.
   */
  private forEachNodeBelow(visit: (node: CancelNode) => void): void {
    const nodes: CancelNode[] = [this];
    for (const node of nodes) {
      if (node.children !== null) for (const child of node.children) nodes.push(child);
    }
    for (const node of nodes) visit(node);
  }

  private forEachTarget(visit: (target: CancelTarget) => void): void {
    if (this.host !== null && this.host.innermost === this) visit(this.host);
    if (this.members === null) return;
    for (const member of this.members) if (member.innermost === this) visit(member);
  }
}
