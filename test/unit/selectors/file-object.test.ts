import { describe, expect, it } from 'vitest';
import {
  currentDescriptor,
  describeFileObject,
  descriptorOf,
  type FileObject,
} from '../../../src/selectors/file-object.ts';
import { describeEvents, requireEvents } from '../../../src/selectors/interest.ts';

const wrong = (value: unknown): FileObject => value as FileObject;
const having = (fd: unknown): FileObject => ({ fileno: () => fd as number });

describe('descriptorOf', () => {
  it('takes a number or asks fileno()', () => {
    expect(descriptorOf(0, 'f()')).toBe(0);
    expect(descriptorOf(having(7), 'f()')).toBe(7);
    class Late {
      fileno(): number {
        return 9;
      }
    }
    expect(descriptorOf(new Late(), 'f()')).toBe(9);
  });

  it.each([-1, -10, 2 ** 31, Number.MIN_SAFE_INTEGER])('refuses the number %d as out of range', (fd) => {
    expect(() => descriptorOf(fd, 'register()')).toThrow(RangeError);
    expect(() => descriptorOf(fd, 'register()')).toThrow(`register(): ${fd} is not a file descriptor`);
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the number %d as no integer', (fd) => {
    expect(() => descriptorOf(fd, 'f()')).toThrow(TypeError);
  });

  it.each([null, undefined, '3', {}, { fileno: 3 }, true])('refuses %o, and says what it wants', (value) => {
    expect(() => descriptorOf(wrong(value), 'f()')).toThrow(TypeError);
    expect(() => descriptorOf(wrong(value), 'f()')).toThrow(
      'expected a descriptor or an object with fileno()',
    );
  });

  it('says of a negative fileno() that the object is closed, and of a wrong one what it was', () => {
    expect(() => descriptorOf(having(-1), 'f()')).toThrow(RangeError);
    expect(() => descriptorOf(having(-1), 'f()')).toThrow('(fileno() is -1): it is closed');
    expect(() => descriptorOf(having('x'), 'f()')).toThrow(TypeError);
    expect(() => descriptorOf(having('x'), 'f()')).toThrow("returned 'x', not a descriptor");
  });
});

describe('currentDescriptor', () => {
  it('is -1 for an object that is closed, whether it says so or throws', () => {
    const throwing = {
      fileno(): number {
        throw new Error('I/O operation on closed file');
      },
    };
    expect(currentDescriptor(having(-1), 'f()')).toBe(-1);
    expect(currentDescriptor(throwing, 'f()')).toBe(-1);
    expect(currentDescriptor(having(4), 'f()')).toBe(4);
  });

  it('still refuses what can never have been registered', () => {
    expect(() => currentDescriptor(-1, 'f()')).toThrow(RangeError);
    expect(() => currentDescriptor(wrong('a'), 'f()')).toThrow(TypeError);
  });
});

it('descriptions stay on one short line', () => {
  const big = { fileno: () => 1, nested: { deep: { deeper: 'x'.repeat(1000) } }, text: 'y'.repeat(1000) };
  expect(describeFileObject(big)).not.toContain('\n');
  expect(describeFileObject(big).length).toBeLessThan(200);
});

describe('events', () => {
  it.each([1, 2, 3])('accepts %d', (events) => {
    expect(() => requireEvents(events, 'f()')).not.toThrow();
  });

  it.each([0, 4, 5, 999_999, -1])('refuses %d as out of range', (events) => {
    expect(() => requireEvents(events, 'f()')).toThrow(RangeError);
  });

  it.each([1.5, Number.NaN, '1', undefined, null])('refuses %o as no integer', (events) => {
    expect(() => requireEvents(events as number, 'modify()')).toThrow(TypeError);
    expect(() => requireEvents(events as number, 'modify()')).toThrow('modify(): events must be EVENT_READ');
  });

  it('have names', () => {
    expect([0, 1, 2, 3].map(describeEvents)).toEqual(['none', 'read', 'write', 'read|write']);
  });
});
